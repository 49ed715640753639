// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Engine
import Platform
import Scenes
import Testing

@testable import krait

@Suite("run, exec, tool run and shell: what this process becomes")
struct RunVerbTests {
    @Test func theCommandAndItsVariables() throws {
        let scene = try Scene()
        _ = try scene.change(.create, ["app"])
        let outcome = scene.run("run -n env -e PORT=80 -e NAMED -e EMPTY= app --help -n x", variables: ["NAMED": "y"])
        #expect(outcome.code == 0 && outcome.words.isEmpty && outcome.output.isEmpty)
        let command = try #require(outcome.command)
        #expect(command.words == ["app", "--help", "-n", "x"], "what follows the command is its own")
        #expect(command.variables["CONDA_PREFIX"] == scene.prefix())
        #expect(command.variables["PATH"]?.hasPrefix(scene.prefix() + "/bin") ?? false)
        #expect(command.variables["PORT"] == "80" && command.variables["EMPTY"] == "")
        #expect(command.variables["NAMED"] == "y")
    }

    @Test func aCleanEnvironment() throws {
        let scene = try Scene()
        _ = try scene.change(.create, ["app"])
        let own = ["SECRET": "x", "TERM": "dumb"]
        let usual = try #require(scene.run("run -n env app", variables: own).command)
        let clean = try #require(scene.run("run -n env --clean-env -e A=1 app", variables: own).command)
        #expect(usual.variables["SECRET"] == "x" && clean.variables["SECRET"] == nil)
        #expect(clean.variables["TERM"] == "dumb" && clean.variables["A"] == "1")
    }

    /// Scripts of the environment run first, in a shell that becomes the command.
    @Test func activationScripts() throws {
        let scene = try Scene([TestPackage("app 1.0", files: ["etc/conda/activate.d/a.sh": "export A=1\n"])])
        _ = try scene.change(.create, ["app"])
        let words = try #require(scene.run("run -n env app 1 2").command).words
        #expect(words.count == 4 && words[1] == "-c" && words[3] == "krait")
        #expect(words[2].contains("activate.d/a.sh") && words[2].hasSuffix("\nexec 'app' '1' '2'\n"))
    }

    @Test(arguments: [
        ("run", 2, "needs a command"), ("run -n nowhere ls", 2, "is not an environment"),
        ("run -n env -e =1 ls", 2, "has no name"), ("run -n env --cwd /nowhere ls", 6, "/nowhere"),
        ("run -n env --detach ls", 2, "the command keeps this terminal"),
        ("exec", 2, "needs a command"), ("exec nowhere", 3, "nowhere"),
        ("exec -f missing.yml app", 2, "missing.yml"), ("exec -s app[ app", 2, "app["),
        ("tool run", 2, "needs"), ("tool run nowhere", 3, "nowhere"),
    ])
    func refusals(line: String, code: Int, words: String) throws {
        let scene = try Scene()
        if line.hasPrefix("run -n env") { _ = try scene.change(.create, ["lib"]) }
        let outcome = scene.run(line)
        #expect(Int(outcome.code) == code && outcome.words.contains(words), "\(outcome.code) \(outcome.words)")
        #expect(outcome.command == nil)
    }

    @Test func execMakesOnceAndReuses() throws {
        let scene = try Scene()
        let first = scene.run("exec app -x")
        #expect(first.code == 0 && first.words.contains("Made an environment of 2 packages in "), "\(first.words)")
        let command = try #require(first.command)
        #expect(command.words == ["app", "-x"])
        let prefix = try #require(command.variables["CONDA_PREFIX"])
        #expect(!prefix.hasPrefix(scene.root), "nobody looks for it")
        let second = scene.run("exec app")
        #expect(second.words.isEmpty && second.command?.variables["CONDA_PREFIX"] == prefix)
        let other = scene.run("exec -w alone app")
        #expect(other.words.contains("of 3 packages") && other.command?.variables["CONDA_PREFIX"] != prefix)
        let named = scene.run("exec -s app=1 -- app --help")
        #expect(named.command?.words == ["app", "--help"] && named.words.contains("of 2 packages"))
        #expect(try scene.run("env list --json").json["envs"] == [])
    }

    /// A script says itself what it needs.
    @Test func execOfAScript() throws {
        let scene = try Scene()
        try scene.write(
            "script.py",
            "# /// script\n# requires-python = \">=3.11\"\n# [tool.krait]\n# dependencies = [\"alone\"]\n# ///\n")
        let outcome = scene.run("exec \(scene.path)/script.py --flag")
        #expect(outcome.code == 0, "\(outcome.words)")
        #expect(outcome.command?.words == ["python", "\(scene.path)/script.py", "--flag"])
    }

    @Test func toolRun() throws {
        let scene = try Scene()
        #expect(scene.run("tool install app").code == 0)
        let outcome = scene.run("tool run app -x")
        #expect(outcome.code == 0, "\(outcome.words)")
        #expect(outcome.command?.words.last == "-x")
    }

    /// Each shell is told to activate again when its own files are through.
    @Test(arguments: [("/bin/bash", "PROMPT_COMMAND"), ("/usr/bin/zsh", "ZDOTDIR")])
    func shells(program: String, variable: String) throws {
        let scene = try Scene()
        _ = try scene.change(.create, ["lib"])
        let command = try #require(scene.run("shell -n env", variables: ["SHELL": program]).command)
        #expect(command.words == [program, "-i"])
        #expect(command.variables[variable] != nil && command.variables["CONDA_PREFIX"] == scene.prefix())
        let fish = try #require(scene.run("shell -n env -s fish", variables: ["SHELL": program]).command)
        #expect(fish.words.prefix(3) == ["fish", "-i", "-C"])
        #expect(try #require(scene.run("shell -n env -s powershell").command).words[0] == "pwsh")
        #expect(scene.run("shell -n env -s elvish").words.contains("is not a shell that krait knows"))
    }

    /// A program that is not there ends as in any shell.
    @Test func notThere() throws {
        let scene = try Scene()
        _ = try scene.change(.create, ["lib"])
        try scene.directory.write("text", "file", mode: 0o644)
        func code(_ word: String) throws -> Int32 {
            let command = try #require(scene.run(["run", "-n", "env", word]).command)
            var session = Session(environment: scene.environment(), console: Console())
            session.console.wordsDescriptor = -1
            return session.become(command)
        }
        #expect(try code("no-such-program-anywhere") == 127)
        #expect(try code("\(scene.path)/file") == 126)
        #expect(try code("\(scene.path)/file/below") == 127)
    }
}

@Suite("tool, as typed")
struct ToolVerbTests {
    @Test func aLife() throws {
        let scene = try Scene()
        let none = scene.run("tool install alone")
        #expect(none.code == 2 && none.words.contains("alone"), "it has no program: \(none.words)")
        let first = scene.run("tool install app=1")
        #expect(first.words.contains("Installed app 1.0, 1 program: app\n"), "\(first.words)")
        #expect(first.words.contains("is not on PATH"))
        let path = ["PATH": "\(scene.path)/.local/bin:/bin"]
        #expect(!scene.run("tool install app=1", variables: path).words.contains("is not on PATH"))
        #expect(scene.run("tool list").output.contains("app  1.0  app\n"))
        let document = try #require(scene.run("tool list --json").json.array?.first)
        #expect(document["spec"] == "app=1" && document["exposed"] == ["app": "app"])
        let upgraded = scene.run("tool upgrade")
        #expect(upgraded.words.contains("app 1.0 is the newest"), "the spec holds it: \(upgraded.words)")
        #expect(scene.run("tool install app").words.contains("Upgraded app 1.0 to 2.0, 1 program: app\n"))
        #expect(scene.run("tool remove app").words == "Removed app\n")
        #expect(try scene.run("tool list --json").json == [])
        #expect(scene.run("tool upgrade").words.contains("No tool is installed.\n"))
    }

    @Test(arguments: [
        ("install", "needs a spec"), ("install app lib --expose a=b", "are for one tool"),
        ("install lib app --with alone", "are for one tool"), ("install *", "does not name one package"),
        ("install app --expose nothing", "nothing"), ("install app --expose a/b=app", "a/b"),
        ("remove", "needs a name"), ("remove app", "app"), ("upgrade app", "app"),
    ])
    func refusals(words: String, reason: String) throws {
        let scene = try Scene()
        let outcome = scene.run("tool \(words)")
        #expect(outcome.code == 2 && outcome.words.contains(reason), "\(outcome.code) \(outcome.words)")
        #expect(!scene.directory.exists(".local/bin/app"))
    }
}
