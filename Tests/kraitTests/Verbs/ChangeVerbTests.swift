// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Engine
import Scenes
import Testing

@testable import krait

@Suite("create, install, update and remove, as typed")
struct ChangeVerbTests {
    /// From nothing to nothing: each step's exit code, what is there afterwards, and the line that sums it up.
    @Test func aLife() throws {
        let scene = try Scene()
        let steps: [(String, [String], String)] = [
            ("create -y -n env app=1", ["app-1.0", "lib-1.1"], "Install 2"),
            ("install -y -n env alone", ["alone-1.0", "app-1.0", "lib-1.1"], "Install 1"),
            ("update -y -n env --all", ["alone-1.0", "app-2.0", "lib-2.0"], "Upgrade 2"),
            ("remove -y -n env lib", ["alone-1.0"], "Remove 2"),
            ("install -y -n env --revision 1", ["alone-1.0", "app-1.0", "lib-1.1"], "Install 2"),
        ]
        for (line, installed, summary) in steps {
            let outcome = scene.run(line)
            #expect(outcome.code == 0 && outcome.output.isEmpty, "\(line): \(outcome.words)")
            #expect(outcome.words.contains(summary), "\(line): \(outcome.words)")
            #expect(try scene.installed() == installed, "\(line)")
        }
    }

    /// The document of a change and its text tell of the same packages.
    @Test func documentsAndTexts() throws {
        let scene = try Scene()
        let text = scene.run("create -n env app --dry-run")
        let document = try scene.run("create -n env app --dry-run --json").json
        #expect(document["success"] == true && document["dry_run"] == true)
        #expect(document["prefix"]?.string == scene.prefix())
        let linked = try #require(document["actions"]?["LINK"]?.array)
        #expect(linked.compactMap { $0["dist_name"]?.string }.sorted() == ["app-2.0-0", "lib-2.0-0"])
        for package in linked {
            let row = "+  \(package["name"]?.string ?? "")"
            #expect(text.words.contains(row), "\(text.words)")
        }
        #expect(document["actions"]?["FETCH"]?.array?.count == 2)
        #expect(!scene.directory.exists("root/envs/env"), "a trial makes nothing")

        let done = try scene.run("create -n env app --json").json
        #expect(done["dry_run"] == false && done["fetched"]?.int == 2, "documents ask nothing")
        let again = try scene.run("install -n env app --json").json
        #expect(again["message"]?.string == "All requested packages already installed")
        #expect(again["actions"]?["LINK"] == [])
        let gone = try scene.run("remove -n env app --json").json
        #expect(gone["actions"]?["UNLINK"]?.array?.count == 2)
    }

    @Test func nothingToDo() throws {
        let scene = try Scene()
        _ = try scene.change(.create, ["app"])
        #expect(scene.run("install -n env app").words == "All requested packages are installed already.\n")
        #expect(scene.run("install -n env").words == "Nothing to do.\n")
        #expect(try scene.run("install -n env --json").json["message"] == "Nothing to do.")
        #expect(scene.run("install -q -n env app").words.isEmpty)
    }

    /// What ends the process with which code, before anything is changed.
    @Test(arguments: [
        ("create", 2, "no environment was given"),
        ("create -n other app.yml", 3, "app.yml"),
        ("create -n env app", 2, "already holds an environment"),
        ("create -n other nowhere", 3, "nowhere"),
        ("create -n other lost", 3, "nowhere"),
        ("create -n other app=1 lib=2", 3, "app"),
        ("create -n other app[", 2, "app["),
        ("create -n other -f missing.yml", 2, "missing.yml"),
        ("create -n other -c file:///nowhere/at/all --override-channels app", 4, "/nowhere/at/all"),
        ("create -n other --offline -c https://h.example/c --override-channels app", 4, "h.example"),
        ("install -n other app", 2, "is not an environment"),
        ("install -n env --revision x", 2, "is not the number of a revision"),
        ("install -n env --revision 0 app", 2, "--revision"),
        ("install -n env --revision 9", 2, "9"),
        ("update -n env", 2, "needs a package"),
        ("update -n env alone", 2, "alone"),
        ("remove -n env", 2, "needs a package"),
        ("remove -n env alone", 3, "alone"),
        ("create -n other app --clone env", 2, "takes no specs and no files"),
        ("create -n other --clone env --as-is --pristine", 2, "contradicts --as-is"),
        ("create -n other --clone nowhere", 2, "nowhere"),
        ("create -n other app --platform linux-46", 2, "did you mean `linux-64`?"),
        ("create -n other app --require-sha256 --exclude-newer yesteryear", 2, "yesteryear"),
    ])
    func refusals(line: String, code: Int, words: String) throws {
        let scene = try Scene()
        _ = try scene.change(.create, ["app=1"])
        let outcome = scene.run(line)
        #expect(Int(outcome.code) == code && outcome.words.contains(words), "\(outcome.words)")
        #expect(outcome.words.hasPrefix("error: ") && outcome.output.isEmpty)
        #expect(try scene.installed() == ["app-1.0", "lib-1.1"] && !scene.directory.exists("root/envs/other"))
        // The same failure as a document.
        let document = try scene.run(line + " --json").json
        #expect(document["success"] == false && document["exit_code"]?.int == code)
        #expect(document["error"]?.string.map { outcome.words.hasPrefix("error: \($0)") } ?? false)
    }

    @Test func whereItIs() throws {
        let scene = try Scene()
        let named = scene.run("create -y -n env alone").words
        #expect(named.hasSuffix("\nRun a command in it:  krait run -n env COMMAND\n"))
        let placed = scene.run("create -y -p ./place alone").words
        #expect(placed.hasSuffix("\nRun a command in it:  krait run -p \(scene.path)/place COMMAND\n"))
        // Advice repeats the name that was typed.
        let again = scene.run("create -n env alone")
        #expect(again.words.contains("`krait install -n env`") && !again.words.contains("-p \(scene.path)"))
        let active = scene.run("install -y lib", variables: ["CONDA_PREFIX": scene.prefix()])
        #expect(active.code == 0)
        #expect(try scene.installed() == ["alone-1.0", "lib-2.0"])
    }

    @Test func downloadOnly() throws {
        let scene = try Scene()
        let outcome = scene.run("create -y -n env app --download-only")
        #expect(outcome.code == 0 && outcome.words.contains("Fetched in ") && !outcome.words.contains("Run a command"))
        #expect(!scene.directory.exists("root/envs/env"))
        let cached = try scene.run("create -n env app --dry-run --json").json
        #expect(cached["actions"]?["FETCH"] == [], "all of it is in the cache")
        #expect(scene.run("create -n env app --dry-run").words.contains("all cached"))
    }

    /// Each option's effect on what is planned.
    @Test(arguments: [
        ("create -n new app", ["app-2.0-0", "lib-2.0-0"]), ("create -n new app --no-deps", ["app-2.0-0"]),
        ("create -n new app --only-deps", ["lib-2.0-0"]),
        ("create -n new app --pin app=1", ["app-1.0-0", "lib-1.1-0"]),
        ("create -n new lib --exclude-newer 2026-01-07", ["lib-1.1-0"]),
        ("create -n new native --platform linux-aarch64", ["native-1.1-0"]),
        ("create -n new gpu --virtual-package __cuda=12.4", ["gpu-1.0-0"]),
        ("create -n new python", ["pip-24.0-0", "python-3.12.0-0"]),
        ("create -n new python --no-pip", ["python-3.12.0-0"]),
        ("create -n new -f specs.txt", ["alone-1.0-0", "lib-1.1-0"]),
        ("install -n env bound", ["bound-1.0-0"]), ("install -n env app", ["app-1.0-0"]),
        ("install -n env lib=1.1 --force-reinstall", ["lib-1.1-0"]),
        ("install -n env app=2", ["app-2.0-0", "lib-2.0-0"]),
        ("update -n env lib", ["lib-2.0-0"]), ("update -n env --all", ["lib-2.0-0"]),
    ])
    func options(line: String, linked: [String]) throws {
        let scene = try Scene()
        try scene.write("specs.txt", "lib=1\nalone\n")
        _ = try scene.change(.create, ["lib=1"])
        let outcome = scene.run(line + " --dry-run --json")
        let links = try outcome.json["actions"]?["LINK"]?.array ?? []
        #expect(links.compactMap { $0["dist_name"]?.string }.sorted() == linked, "\(outcome.output)")
    }

    @Test func refusesWhatThePolicyForbids() throws {
        let scene = try Scene()
        _ = try scene.change(.create, ["lib", "bound"], settings: ["pinned_packages": "lib 1.*"])
        let outcome = scene.run("install -y -n env lib=2 --no-allow-uninstall")
        #expect(outcome.code == 3 && outcome.words.contains("bound"), "\(outcome.words)")
        #expect(scene.run("install -y -n env lib=1.0 --no-allow-downgrade").code == 3)
    }

    /// A file's environment, made and kept in step with it.
    @Test func files() throws {
        let scene = try Scene()
        try scene.write("environment.yml", "name: env\nchannels: [\(scene.channel.path)]\ndependencies: [app=1]\n")
        #expect(scene.run(["env", "create", "-y", "-f", "\(scene.path)/environment.yml"]).code == 0)
        #expect(try scene.installed() == ["app-1.0", "lib-1.1"])
        try scene.write("environment.yml", "name: env\nchannels: [\(scene.channel.path)]\ndependencies: [alone]\n")
        let update = "env update -f \(scene.path)/environment.yml"
        #expect(scene.run(update).code == 0)
        #expect(try scene.installed() == ["alone-1.0", "app-1.0", "lib-1.1"])
        #expect(scene.run(update + " --prune").code == 0)
        #expect(try scene.installed() == ["alone-1.0"])
    }

    @Test func writesTheLockThatItFollowed() throws {
        let scene = try Scene()
        let outcome = scene.run("create -y -n env app --write-lock \(scene.path)/conda-lock.yml")
        #expect(outcome.code == 0, "\(outcome.words)")
        #expect(try scene.read("conda-lock.yml").contains("app-2.0-0.conda"))
        #expect(scene.run("create -y -n twin -f \(scene.path)/conda-lock.yml").code == 0)
        #expect(try scene.installed("twin") == scene.installed())
    }
}
