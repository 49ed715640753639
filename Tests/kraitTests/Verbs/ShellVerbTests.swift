// SPDX-License-Identifier: BSD-3-Clause
import Activation
import Codecs
import Engine
import Scenes
import Testing

@testable import krait

@Suite("activate, shell init and hook, as typed")
struct ShellVerbTests {
    /// As `shell activate` prints code and nothing else; alone it prints the same and fails, since it changes nothing.
    @Test(arguments: ["bash", "zsh", "posix", "fish", "tcsh", "xonsh", "powershell"])
    func activation(shell: String) throws {
        let scene = try Scene()
        _ = try scene.change(.create, ["lib"])
        let code = scene.run("shell activate env -s \(shell)")
        #expect(code.code == 0 && code.words.isEmpty && code.output.contains(scene.prefix()))
        let alone = scene.run("activate env -s \(shell)")
        #expect(alone.code == 1 && alone.output == code.output)
        #expect(alone.words.contains("`krait activate` alone changes nothing"))
        #expect(alone.words.contains(shell == "fish" ? "| source" : "eval \"$(krait shell activate env"))
        let active = ["CONDA_PREFIX": scene.prefix(), "CONDA_SHLVL": "1"]
        let left = scene.run("shell deactivate -s \(shell)", variables: active)
        #expect(left.code == 0 && left.output.contains("CONDA_PREFIX"))
        #expect(scene.run("shell reactivate -s \(shell)", variables: active).code == 0)
        #expect(scene.run("shell hook -s \(shell)").output.contains("krait"))
    }

    @Test(arguments: [
        ("shell activate nowhere -s bash", "nowhere"), ("shell activate a b -s bash", "activates one environment"),
        ("shell activate env -n env -s bash", "activates one environment"),
        ("shell activate env -s elvish", "it knows bash"), ("shell completion -s tcsh", "has no completion"),
        ("init elvish", "it knows bash"), ("shell hook -s elvish", "it knows bash"),
    ])
    func refusals(line: String, reason: String) throws {
        let outcome = try Scene().run(line)
        #expect(outcome.code == 2 && outcome.words.contains(reason) && outcome.output.isEmpty, "\(outcome)")
    }

    /// Writing, writing again and taking away: the user's own lines stay.
    @Test(arguments: [
        ("bash", ".bashrc"), ("zsh", ".zshrc"), ("tcsh", ".tcshrc"), ("fish", ".config/fish/config.fish"),
    ])
    func startFiles(shell: String, file: String) throws {
        let scene = try Scene()
        try scene.write(file, "# mine\n")
        let trial = scene.run("shell init -s \(shell) --dry-run")
        #expect(trial.words.contains("Would change \(scene.path)/\(file)\n") && trial.output.contains("krait"))
        #expect(try scene.read(file) == "# mine\n")
        let done = try scene.run("shell init -s \(shell) --json").json
        #expect(done["shell"]?.string == shell && done["dry_run"] == false)
        #expect(done["changed"]?.strings?.contains("\(scene.path)/\(file)") ?? false)
        let text = try scene.read(file)
        #expect(text.contains("# mine\n") && text.contains(trial.output))
        #expect(try scene.run("shell init -s \(shell) --json").json["changed"] == [])
        #expect(try scene.run("shell reinit -s \(shell) --json").json["changed"] == [])
        #expect(scene.run("shell deinit -s \(shell)").words.contains("Changed "))
        #expect(try scene.read(file) == "# mine\n")
        #expect(scene.run("shell deinit -s \(shell)").words.hasPrefix("Nothing to do: "))
    }

    @Test func condasInit() throws {
        let scene = try Scene()
        #expect(scene.run("init bash zsh").code == 0)
        #expect(scene.directory.exists(".bashrc") && scene.directory.exists(".zshrc"))
        #expect(scene.run("init --reverse bash").code == 0)
        #expect(!scene.directory.exists(".bashrc"), "nothing else was in it")
        #expect(try scene.read(".zshrc").contains("krait"))
    }

    @Test func completion() throws {
        let scene = try Scene()
        _ = try scene.change(.create, ["lib"])
        #expect(scene.run("shell completion --environments").output == "base\nenv\n")
        for shell in ["bash", "zsh", "fish"] {
            let script = scene.run("shell completion -s \(shell)").output
            for verb in Verb.all { #expect(script.contains(verb.names[0]), "\(shell) \(verb.names[0])") }
        }
    }
}
