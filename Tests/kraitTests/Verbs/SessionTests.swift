// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Configuration
import Engine
import Failures
import Platform
import Scenes
import Testing

@testable import krait

@Suite("A command line from its words to its exit code")
struct SessionTests {
    /// Words that are not understood, in each dialect: the exit code that its scripts look at, and its way to say so.
    @Test(arguments: [
        ("krait", 2, "error: `creat`: is not a command\nhint: did you mean `create`?\n"),
        ("micromamba", 109, "The following argument was not expected: creat\n"),
        ("mamba", 109, "The following argument was not expected: creat\n"),
        ("conda", 2, "usage: conda [-h] [-V] COMMAND ...\nconda: error: "),
    ])
    func wrongWords(name: String, code: Int, words: String) throws {
        let outcome = try Scene().run("creat", as: name)
        #expect(Int(outcome.code) == code && outcome.words.hasPrefix(words), "\(outcome)")
        #expect(outcome.output.isEmpty)
    }

    /// A failure while the command runs, and as a document.
    @Test(arguments: [
        ("krait", 2, "error: "), ("micromamba", 1, "critical libmamba "), ("mamba", 1, "critical libmamba "),
        ("conda", 1, "\nEnvironmentLocationNotFound: Not a conda environment: "),
    ])
    func failures(name: String, code: Int, words: String) throws {
        let scene = try Scene()
        let outcome = scene.run("install -n nowhere app", as: name)
        #expect(Int(outcome.code) == code && outcome.words.hasPrefix(words), "\(outcome)")
        let document = scene.run("install -n nowhere app --json", as: name)
        #expect(document.code == outcome.code && document.words.isEmpty)
        let json = try document.json
        switch name {
        case "krait": #expect(json["success"] == false && json["code"] == "usage" && json["exit_code"]?.int == code)
        case "conda":
            #expect(json["exception_name"] == "EnvironmentLocationNotFound")
            #expect(json["location"]?.string == scene.prefix("nowhere"))
        default: #expect(json["log_history"]?.array?.first?["level"] == "critical")
        }
    }

    @Test(arguments: ["krait", "micromamba", "mamba", "conda"])
    func versions(name: String) throws {
        let scene = try Scene()
        let expected = name == "krait" ? ToolVersion.full : try #require(Dialect(rawValue: name)).table.version
        for word in ["--version", "-V", "-q --version"] {
            #expect(scene.run(word, as: name).output == expected + "\n")
        }
        #expect(scene.run("--version --dialect \(name)").output == expected + "\n")
    }

    @Test func dialectsByOption() throws {
        let scene = try Scene()
        #expect(scene.run("--dialect conda creat").words.hasPrefix("usage: conda"))
        #expect(scene.run("creat --dialect=micromamba").code == 109)
        #expect(scene.run("--dialect klingon list").words.contains("it speaks krait, micromamba, mamba, conda"))
        #expect(scene.run("--dialect").code == 2)
        _ = try scene.change(.create, ["lib"])
        let outcome = scene.run("run -n env echo --dialect klingon")
        #expect(outcome.command?.words == ["echo", "--dialect", "klingon"], "what follows the command is its own")
    }

    /// One document on stdout, whatever happens; how much is said on stderr.
    @Test func documents() throws {
        let scene = try Scene()
        for line in ["creat --json", "list -n nowhere --json", "create -n env nowhere --json", "--json"] {
            let outcome = scene.run(line)
            #expect(outcome.words.isEmpty, "\(line)")
            _ = try outcome.json
        }
        #expect(scene.run("run -n nowhere -- ls --json").words.hasPrefix("error: "), "the command's own word")
        #expect(scene.run("info --json", as: "micromamba").output.contains("\n    \"base environment\""))
        #expect(try scene.run("info", variables: ["KRAIT_JSON": "1"]).json["platform"] == "linux-64")
    }

    @Test func noVerb() throws {
        let scene = try Scene()
        #expect(scene.run("").output == Help.overview(Verb.all, Option.global))
        #expect(scene.run("env").output == scene.run("env --help").output)
    }

    /// A verb that is found without making the others is the same one.
    @Test func verbsAlone() throws {
        let alone = Verb.all.flatMap(\.names).filter { Verb.called($0).count == 1 }
        #expect(alone.count >= 6)
        for word in alone { #expect(Verb.called(word)[0].names.contains(word)) }
    }

    /// What strangers write can neither move the cursor nor tell a secret.
    @Test func saidSafely() throws {
        let scene = try Scene()
        let outcome = scene.run([
            "create", "-n", "x", "-c", "https://user:pass@h.example/t/tk-secret/c", "\u{1B}[2Japp", "--offline",
        ])
        #expect(!outcome.words.contains("\u{1B}") && !outcome.words.contains("secret"))
        #expect(!outcome.words.contains("pass"), "\(outcome.words)")
    }

    /// A file that is wrong stops what asks for settings, and leaves what repairs it.
    @Test func wrongFiles() throws {
        let scene = try Scene()
        try scene.write(".condarc", "channel_priority: loose\n")
        #expect(scene.run("list -n env").words.contains("loose"))
        #expect(scene.run("help specs").code == 0)
        #expect(scene.run("config set channel_priority strict").code == 0)
        #expect(scene.run("config get channel_priority").output == "channel_priority: strict\n")
        try scene.write("other", "quiet: true\n")
        #expect(scene.run("config get quiet --rc-file \(scene.path)/other").output == "quiet: true\n")
        #expect(scene.run("config get channel_priority --no-rc").output == "channel_priority: flexible\n")
        #expect(scene.run("config list channels --no-rc --no-env").output == "channels:\n  - conda-forge\n")
    }

    /// Where the prefix comes from when nobody names it.
    @Test func whichEnvironment() throws {
        let scene = try Scene()
        _ = try scene.change(.create, ["lib"])
        let absent = scene.run("list")
        #expect(absent.code == 2 && absent.words.contains("there is no base environment in \(scene.root)"))
        let base = scene.run("install -y alone")
        #expect(base.code == 0 && base.words.contains("No environment is active: this is for base, \(scene.root)\n"))
        #expect(try scene.run("list --json").json.array?.map { $0["name"] } == ["alone"])
        #expect(
            try scene.run("list --json", variables: ["CONDA_PREFIX": scene.prefix()]).json.array?.map { $0["name"] }
                == ["lib"])
        let typed = "-p \(scene.prefix())"
        #expect(try scene.run("list --json \(typed)").json == scene.run("list --json -n env").json)
        let both = scene.run("list -n env \(typed)")
        #expect(both.code == 2)
    }

    @Test func requestsAreRecorded() throws {
        let scene = try Scene()
        _ = scene.run("search app --trace-network \(scene.path)/trace.json")
        #expect(scene.directory.exists("trace.json"))
        _ = scene.run("search nowhere --trace-network \(scene.path)/failed.json")
        #expect(scene.directory.exists("failed.json"), "a failure is what one wants to see the requests of")
    }
}

@Suite("Advice in the user's own words")
struct AdviceTests {
    @Test(arguments: [
        ("krait install -p /envs/x", "krait install -n x"), ("`krait list -p /envs/x`", "`krait list -n x`"),
        ("-p /envs/x: done", "-n x: done"), ("-p /envs/xy", "-p /envs/xy"), ("-p /envs/x/y", "-p /envs/x/y"),
        ("in /envs/x", "in /envs/x"), ("-p /envs/x, -p /envs/x.", "-n x, -p /envs/x."),
    ])
    func naming(text: String, expected: String) {
        let naming = EnvironmentNaming()
        #expect(naming.repeated(text) == text)
        naming.note("x", for: "/envs/x")
        #expect(naming.repeated(text) == expected)
    }

    /// Commands begin with the name that was typed; sentences and paths keep krait.
    @Test(arguments: [
        ("run `krait list -n x`", "run `conda list -n x`"), ("krait --help lists them", "conda --help lists them"),
        ("krait is one file", "krait is one file"), ("/opt/krait list", "/opt/krait list"),
        ("krait takes uv", "krait takes uv"), ("my-krait list", "my-krait list"), ("krait", "krait"),
        ("Run a command in it:  krait run -n x COMMAND", "Run a command in it:  conda run -n x COMMAND"),
    ])
    func calling(text: String, expected: String) {
        #expect(Dialect.conda.calling(text) == expected)
        #expect(Dialect.krait.calling(text) == text)
    }

    @Test func inHeads() {
        let file = "# made with `krait export -n x`\n# $ krait create\nname: krait list\n"
        #expect(
            Dialect.conda.callingInHead(file) == "# made with `conda export -n x`\n# $ conda create\nname: krait list\n"
        )
    }

    /// What stands between the failure and the user: masked, renamed, one way out.
    @Test func failuresAreRetold() {
        let inner = Failure(.network, "https://u:p@h.example/x", "no", hint: nil)
        let failure = Failure(
            .network, "https://u:p@h.example/x", "see https://u:p@h.example", hint: "krait list", cause: inner)
        let told = failure.maskingSecrets.retold(Dialect.mamba.calling)
        #expect(!told.subject.contains("u:p") && !told.reason.contains("u:p") && told.hint == "mamba list")
        #expect((told.cause as? Failure).map { !$0.subject.contains("u:p") } ?? false)
        #expect(told.code == failure.code)
    }
}

@Suite("Executables that krait pack makes")
struct PackedSessionTests {
    private func run(_ words: [String]) throws -> (code: Int32, words: String) {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/said"
        var session = Session(environment: directory.environment(), console: Console())
        let descriptor = try #require(openFile(path))
        session.console.dataDescriptor = descriptor
        session.console.wordsDescriptor = descriptor
        let code = session.runPacked(Payload(offset: 0, size: 0, digest: []), words)
        return (code, try directory.read("said"))
    }

    @Test(arguments: ["--help", "-h"])
    func help(word: String) throws {
        let told = try run([word])
        #expect(told.code == 0 && told.words.hasPrefix("Usage: krait [--prefix DIR] [-- WORD…]\n"))
    }

    @Test(arguments: [["--prefix"], ["--prefix", ""], ["--prefix="], ["--unknown"], ["word"]])
    func wrongWords(words: [String]) throws {
        let told = try run(words)
        #expect(told.code == 2 && told.words.contains("hint: "), "\(told.words)")
    }
}
