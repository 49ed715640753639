// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Configuration
import Engine
import Scenes
import Testing

@testable import krait

@Suite("config, as typed")
struct ConfigVerbTests {
    /// A change of a file: what it holds afterwards, and whether that is told of.
    @Test(arguments: [
        ("set channel_priority strict", "", "channel_priority: strict\n"),
        ("set channels a b", "", "channels:\n- a\n- b\n"),
        ("set custom_channels.lab https://lab.example", "", "custom_channels:\n  lab: https://lab.example\n"),
        ("append channels b", "channels:\n  - a\n", "channels:\n  - a\n  - b\n"),
        ("prepend channels b", "channels:\n  - a\n", "channels:\n  - b\n  - a\n"),
        ("remove channels a", "channels:\n  - a\n  - b\n", "channels:\n  - b\n"),
        ("remove-key json", "json: true\nquiet: true\n", "quiet: true\n"),
    ])
    func editing(words: String, before: String, after: String) throws {
        let scene = try Scene()
        try scene.write("rc", before)
        let file = "\(scene.path)/rc"
        let trial = scene.run("config \(words) --file \(file) --dry-run")
        #expect(trial.code == 0 && trial.words.hasPrefix("Would write \(file)\n"), "\(trial.words)")
        #expect(try scene.read("rc") == before)
        #expect(scene.run("config \(words) --file \(file)").words.hasPrefix("Wrote \(file)\n"))
        #expect(try scene.read("rc").replacing("  - ", with: "- ") == after.replacing("  - ", with: "- "))
    }

    @Test func whatIsSetAlready() throws {
        let scene = try Scene()
        _ = scene.run("config set always_yes true")
        let again = scene.run("config set always_yes true")
        #expect(again.words == "\(scene.path)/.condarc already has this value\n", "\(again.words)")
        let document = try scene.run("config set quiet true --json --file \(scene.path)/rc").json
        #expect(document["changed"] == true && document["file"]?.string == "\(scene.path)/rc")
        // What is set elsewhere, and stronger, would make the change look as if it had no effect.
        let weaker = scene.run("config set channels b --file \(scene.path)/rc")
        #expect(weaker.words.contains("`channels` is also set by") && weaker.words.contains("CONDA_CHANNELS"))
    }

    @Test func shows() throws {
        let scene = try Scene()
        try scene.write(".condarc", "channel_priority: strict\nshow_channel_urls: true\n")
        #expect(scene.run("config get channel_priority").output == "channel_priority: strict\n")
        #expect(scene.run("config get solver_timeout").output.hasPrefix("solver_timeout: "))
        let listed = scene.run("config list channel_priority --sources").output
        #expect(listed == "# from \(scene.path)/.condarc:1\nchannel_priority: strict\n")
        #expect(scene.run("config list channel_priority -d").output.hasPrefix("# "))
        let all = try #require(scene.run("config list --all --json").json.object)
        #expect(all.count == SettingKey.all.count)
        let sources = scene.run("config sources").output
        #expect(
            sources == "\(scene.path)/.condarc\n$CONDA_CHANNELS\n$CONDA_PKGS_DIRS\n$CONDA_SUBDIR\n$KRAIT_PYC\n"
                + "$KRAIT_REMOTE_MAX_RETRIES\n$MAMBA_ROOT_PREFIX\n")
        #expect(try scene.run("config sources --json").json["variables"]?.array?.count == 6)
    }

    @Test func describes() throws {
        let scene = try Scene()
        let text = scene.run("config describe link_mode").output
        #expect(text.hasPrefix("link_mode  (auto|hardlink|reflink|copy|softlink, default auto)\n"))
        let documents = try #require(scene.run("config describe --json").json.array)
        #expect(documents.count == SettingKey.all.count)
        #expect(documents.allSatisfy { ["honoured", "none", "refused"].contains($0["effect"]?.string) })
    }

    @Test(arguments: [
        ("get", "needs the name of a setting"), ("get chanels", "did you mean `channels`?"),
        ("set json", "needs a key and a value"), ("set json perhaps", "perhaps"),
        ("set channel_priority loose", "loose"), ("append channels", "needs a key and a value"),
        ("append json true", "json"), ("remove-key", "needs the name of a setting"), ("remove-key json", "json"),
        ("set json true --system --home", "cannot be combined with"),
        ("set json true -p nowhere", "is not an environment"), ("describe nothing_like_it", "is not a setting"),
    ])
    func refusals(words: String, reason: String) throws {
        let scene = try Scene()
        let outcome = scene.run("config \(words)")
        #expect(outcome.code == 2 && outcome.words.contains(reason), "\(outcome.code) \(outcome.words)")
        #expect(!scene.directory.exists(".condarc"))
    }

    /// Which file is changed.
    @Test func places() throws {
        let scene = try Scene()
        _ = try scene.change(.create, ["lib"])
        for (words, file) in [
            ("--system", "root/.condarc"), ("--env -n env", "root/envs/env/.condarc"),
            ("-n env", "root/envs/env/.condarc"),
            ("--home", ".condarc"), ("", ".condarc"), ("--file \(scene.path)/own", "own"),
        ] {
            let document = try scene.run("config set json true --json \(words)").json
            #expect(document["file"]?.string == "\(scene.path)/\(file)", "\(words)")
            #expect(try scene.read(file) == "json: true\n")
        }
    }

    /// conda's options in place of verbs, with conda's answers.
    @Test func condasOptions() throws {
        let scene = try Scene()
        #expect(scene.run("config --add channels a --append channels z --set always_yes true").code == 0)
        #expect(
            scene.run("config --get channels").output == """
                --add channels 'z'   # lowest priority
                --add channels 'a'   # highest priority

                """)
        let document = try scene.run("config --get channels always_yes --json").json
        #expect(document["get"] == ["channels": ["a", "z"], "always_yes": true])
        #expect(document["rc_path"]?.string == "\(scene.path)/.condarc")
        #expect(scene.run("config --remove channels a --remove-key always_yes").code == 0)
        #expect(try scene.read(".condarc").contains("- z") && !scene.read(".condarc").contains("always_yes"))
        #expect(scene.run("config --stdin", input: "use_lockfiles: true\nchannels: [b]\n").code == 0)
        #expect(scene.run("config --get use_lockfiles").output == "--set use_lockfiles True\n")
        #expect(scene.run("config --show channel_priority").output == "channel_priority: flexible\n")
        #expect(scene.run("config --validate").code == 0)
        try scene.write(".condarc", "channel_priority: loose\n")
        let wrong = scene.run("config --validate")
        #expect(wrong.code == 2 && wrong.words.contains("loose"))
    }
}
