// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Engine
import Failures
import Scenes
import Testing

@testable import krait

@Suite("One fact in the words of four tools")
struct DialectTests {
    static let names = Dialect.allCases.map(\.rawValue)

    @Test(arguments: [
        ("krait", Dialect.krait), ("/usr/bin/conda", .conda), ("./micromamba", .micromamba), ("mamba", .mamba),
        ("/opt/conda/bin/python", .krait), ("conda-4", .krait), ("", .krait), ("bin/", .krait),
    ])
    func byName(word: String, dialect: Dialect) { #expect(Dialect(calledAs: word) == dialect) }

    /// Whatever the tool is called as, the same packages, with the channel's name that it has there.
    @Test(arguments: names)
    func packages(name: String) throws {
        let scene = try Scene()
        _ = try scene.change(.create, ["app=1"])
        let document = try scene.run("list -n env --json", as: name).json
        let packages = document.array ?? document["packages"]?.array ?? []
        #expect(packages.map { $0["name"] } == ["app", "lib"] && packages.map { $0["version"] } == ["1.0", "1.1"])
        #expect(packages.allSatisfy { $0["build_string"] == "0" && $0["platform"] == "noarch" })
        let text = scene.run("list -n env", as: name).output
        for package in ["app", "lib"] { #expect(text.contains("\(package) "), "\(text)") }
        #expect((document["log_history"] != nil) == (name == "micromamba" || name == "mamba"))
    }

    @Test(arguments: names)
    func changes(name: String) throws {
        let scene = try Scene()
        let trial = scene.run("create -n env app --dry-run", as: name)
        // The peers' plans are on stdout.
        #expect(trial.code == 0 && trial.output.isEmpty == (name == "krait"), "\(trial)")
        #expect((trial.output + trial.words).contains("lib"))
        let document = try scene.run("create -n env app --dry-run --json", as: name).json
        #expect(document["success"] == true && document["dry_run"] == true)
        let linked = document["actions"]?["LINK"]?.array?.compactMap { $0["name"]?.string } ?? []
        #expect(linked.sorted() == ["app", "lib"])
        #expect(document["actions"]?["PREFIX"]?.string == scene.prefix())
        #expect(scene.run("create -y -n env app", as: name).code == 0)
        let nothing = try scene.run("install -y -n env app --json", as: name).json
        #expect(nothing["message"]?.string?.hasPrefix("All requested packages already installed") ?? false)
        let removal = try scene.run("env remove -y -n env --json --dry-run", as: name).json
        #expect(removal["success"] == true)
        #expect(scene.run("env remove -y -n env", as: name).code == 0 && !scene.directory.exists("root/envs/env"))
    }

    @Test(arguments: names)
    func environments(name: String) throws {
        let scene = try Scene()
        _ = try scene.change(.create, ["lib"])
        #expect(try scene.run("env list --json", as: name).json["envs"]?.strings?.contains(scene.prefix()) ?? false)
        let row = scene.run("env list", as: name).lines.first { $0.contains(scene.prefix()) }
        #expect(row?.split(separator: " ").first == "env")
        let information = try scene.run("info --json", as: name).json
        #expect(information["platform"] == "linux-64")
        let base = scene.run("info --base", as: name).output
        #expect(base.contains(scene.root))
    }

    @Test(arguments: names)
    func queries(name: String) throws {
        let scene = try Scene()
        let found = scene.run("search lib", as: name)
        #expect(found.code == 0 && found.output.contains("2.0"), "\(found)")
        let tree = scene.run("repoquery depends plug --tree", as: name).output
        #expect(tree.contains("└─ app") && tree.contains("└─ lib"))
        let depends = try scene.run("repoquery depends plug --recursive --json", as: name).json
        let names = depends["result"]?["pkgs"]?.array?.compactMap { $0["name"]?.string } ?? []
        #expect(Set(names).isSuperset(of: ["app", "lib"]))
        let lost = scene.run("search nowhere", as: name)
        // micromamba says so and is done.
        #expect(lost.code == (name == "krait" ? 3 : name == "conda" ? 1 : 0))
    }

    /// What differs between the tools in what is done, each by the tool's own habit.
    @Test func habits() throws {
        let scene = try Scene()
        _ = try scene.change(.create, ["lib", "alone"])
        // micromamba goes on without what is not installed; conda and krait do not.
        #expect(scene.run("remove -y -n env nowhere alone", as: "conda").code == 1)
        #expect(scene.run("remove -y -n env nowhere", as: "krait").code == 3)
        #expect(scene.run("remove -y -n env nowhere alone", as: "micromamba").code == 0)
        #expect(try scene.installed() == ["lib-2.0"])
        // Its `remove --all` leaves the environment.
        #expect(scene.run("remove -y -n env --all", as: "micromamba").code == 0)
        #expect(scene.directory.exists("root/envs/env/conda-meta"))
        #expect(scene.run("remove -y -n env --all", as: "conda").code == 0)
        #expect(!scene.directory.exists("root/envs/env"))
        // A word after -p is a directory for conda.
        #expect(
            scene.run("create -y -p place lib", as: "conda").code == 0 && scene.directory.exists("place/conda-meta"))
        // An unknown setting is a warning for micromamba.
        #expect(scene.run("config set no_such_thing 1", as: "micromamba").code == 0)
        #expect(scene.run("config set no_such_thing 1", as: "conda").code == 2)
        // An empty choice of what to clean is nothing for micromamba.
        #expect(scene.run("clean", as: "micromamba").code == 0 && scene.run("clean", as: "conda").code == 2)
    }

    /// Each failure's name and code for conda's callers.
    @Test(arguments: [
        ("create -n x nowhere", "PackagesNotFoundInChannelsError", 1),
        ("remove -n env nowhere", "PackagesNotFoundInPrefixError", 1),
        ("update -n env nowhere", "PackageNotInstalledError", 1),
        ("create -n x -f missing.yml", "EnvironmentFileNotFound", 1),
        ("create -n x app=1 lib=2", "UnsatisfiableError", 1), ("create -n x lib[", "InvalidSpec", 1),
        ("list -n env --md5 --sha256", "ArgumentError", 2),
        ("config --get chanels --set chanels x", "CondaKeyError", 1),
        ("create -n x -c file:///nowhere --override-channels lib", "UnavailableInvalidChannel", 1),
    ])
    func condasExceptions(line: String, name: String, code: Int) throws {
        let scene = try Scene()
        _ = try scene.change(.create, ["lib"])
        let outcome = scene.run(line + " --json", as: "conda")
        #expect(try outcome.json["exception_name"]?.string == name, "\(outcome.output)")
        #expect(Int(outcome.code) == code)
        #expect(scene.run(line, as: "conda").words.contains("\(name): "))
        let keys = try #require(outcome.json.object).map(\.key)
        #expect(keys == keys.sorted())
    }

    @Test func mambasSolverProblems() throws {
        let scene = try Scene()
        let outcome = scene.run("create -n x app=1 lib=2", as: "micromamba")
        #expect(outcome.code == 1)
        #expect(outcome.words.hasPrefix("error    libmamba Could not solve for environment specs\n"))
        #expect(outcome.words.hasSuffix("critical libmamba Could not solve for environment specs\n"))
        let document = try scene.run("create -n x app=1 lib=2 --json", as: "micromamba").json
        #expect(document["success"] == false && !(document["solver_problems"]?.strings ?? []).isEmpty)
    }

    /// Words that mean something else to the peers.
    @Test(arguments: [
        (Dialect.krait, "create --pin a", "create --pin a"), (.micromamba, "create --pin a", "create --pinned a"),
        (.micromamba, "create --pyc", "create --compile-pyc"), (.micromamba, "run x --pin", "run x --pin"),
        (.mamba, "create --experimental a", "create a"), (.conda, "list -r", "list --revisions"),
        (.conda, "create -r x", "create -r x"), (.conda, "shell.bash hook", "shell hook --shell bash"),
        (.krait, "--dialect conda shell.zsh activate x", "--dialect conda shell activate x --shell zsh"),
        (.micromamba, "create --category a b -n x", "create --category a --category b -n x"),
        (.krait, "create --category a b", "create --category a b"), (.micromamba, "create -- --pin", "create -- --pin"),
    ])
    func spellings(dialect: Dialect, typed: String, own: String) {
        let words = typed.split(separator: " ").map { String($0) }
        #expect(dialect.ownSpelling(words).joined(separator: " ") == own)
    }
}
