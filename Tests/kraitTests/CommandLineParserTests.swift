// SPDX-License-Identifier: BSD-3-Clause
import Configuration
import Failures
import Testing

@testable import krait

struct CommandLineParserTests {
    @Test func verbsNounsAndSynonyms() throws {
        #expect(try Fixture.parse("info").path == ["info"])
        #expect(try Fixture.parse("uninstall", "x").path == ["remove"])
        #expect(try Fixture.parse("env", "list").path == ["env", "list"])
        #expect(try Fixture.parse("env", "config", "set", "A=1").path == ["env", "config", "set"])
        #expect(try Fixture.parse("env", "config", "set", "A=1").invocation.operands == ["A=1"])
    }

    @Test func aNounWithAnActionOfItsOwn() throws {
        #expect(try Fixture.parse("shell").path == ["shell"])
        #expect(try Fixture.parse("shell", "-n", "x").invocation[Fixture.name] == "x")
        #expect(try Fixture.parse("shell", "activate", "x").path == ["shell", "activate"])
        #expect(try Fixture.failure("shell", "activat").hint == "did you mean `activate`?")
    }

    @Test(arguments: [
        ["create", "-n", "x"], ["create", "-nx"], ["create", "-n=x"], ["create", "--name", "x"],
        ["create", "--name=x"],
        ["create", "-qn", "x"], ["create", "-aqnx"],
    ])
    func waysToGiveAValue(words: [String]) throws {
        let parsed = try CommandLineParser(verbs: Fixture.verbs, globalOptions: Fixture.globals).parse(words)
        guard case .run(_, let invocation) = parsed else {
            Issue.record("no verb")
            return
        }
        #expect(invocation[Fixture.name] == "x")
        #expect(invocation.operands.isEmpty)
    }

    @Test func optionsBeforeTheVerbAndBetweenOperands() throws {
        let invocation = try Fixture.parse("-q", "create", "a", "-c", "one", "b", "-c", "two").invocation
        #expect(invocation.operands == ["a", "b"])
        #expect(invocation[Fixture.channel] == ["one", "two"])
        #expect(invocation[Fixture.quiet])
    }

    @Test func listsWithCommasAndEmptyValues() throws {
        let invocation = try Fixture.parse("create", "--category", "a,b", "--category=c", "--name=").invocation
        #expect(invocation[Fixture.category] == ["a", "b", "c"])
        #expect(invocation[Fixture.name] == "")
    }

    @Test func countsAndSettings() throws {
        let invocation = try Fixture.parse("create", "-aa", "--force-remove", "--link-mode", "copy").invocation
        #expect(invocation.values(Fixture.force).count == 3)
        #expect(
            invocation.settings.map { "\($0.key.name)=\($0.value)" }.suffix(2) == ["always_yes=true", "link_mode=copy"])
    }

    @Test func dashesAndWhatFollows() throws {
        #expect(try Fixture.parse("create", "--", "-n", "--x").invocation.operands == ["-n", "--x"])
        #expect(try Fixture.parse("create", "-", "a").invocation.operands == ["-", "a"])
    }

    @Test func theRestBelongsToTheCommand() throws {
        let invocation = try Fixture.parse("run", "-n", "x", "ls", "-n", "--help", "--", "-q").invocation
        #expect(invocation.operands == ["ls", "-n", "--help", "--", "-q"])
        #expect(invocation[Fixture.name] == "x")
        #expect(try Fixture.parse("run", "--", "-odd", "--", "a").invocation.operands == ["-odd", "--", "a"])
        #expect(try Fixture.parse("run").invocation.operands.isEmpty)
    }

    @Test func helpAndVersion() throws {
        let parser = CommandLineParser(verbs: Fixture.verbs, globalOptions: Fixture.globals)
        func help(_ words: String...) throws -> [String]? {
            guard case .help(let path) = try parser.parse(words) else { return nil }
            return path.map { $0.names[0] }
        }
        #expect(try help() == [])
        #expect(try help("--help") == [])
        #expect(try help("create", "x", "-h", "--nonsense") == ["create"])
        #expect(try help("env") == ["env"])
        #expect(try help("env", "config", "--help") == ["env", "config"])
        guard case .version = try parser.parse(["--version"]), case .version = try parser.parse(["-q", "-V"]) else {
            Issue.record("not the version")
            return
        }
    }

    @Test func whatIsNotUnderstood() throws {
        #expect(try Fixture.failure("creat").hint == "did you mean `create`?")
        #expect(try Fixture.failure("zzzzzz").hint == "krait --help lists them")
        #expect(try Fixture.failure("env", "lst").hint == "did you mean `list`?")
        #expect(try Fixture.failure("create", "--nmae", "x").hint == "did you mean `--name`?")
        #expect(try Fixture.failure("create", "-z").subject == "-z")
        #expect(try Fixture.failure("create", "--quiet=yes").reason == "takes no value")
        #expect(try Fixture.failure("create", "--name").reason == "needs a value (NAME)")
        #expect(try Fixture.failure("info", "x").reason == "`info` takes no operand")
        #expect(try Fixture.failure("create", "-n", "a", "--name=b").reason == "was given twice, first as `a`")
        #expect(try Fixture.failure("create", "--zzz").code.exitCode == 2)
    }

    /// Options that any verb accepts, before and after it; the verb's own meaning of a spelling wins after it.
    @Test func generalOptions() throws {
        let level = Option.ignored("log-level", takes: .value("LEVEL"), "nothing is logged")
        let place = ValueOption("place", letter: "o", takes: "DIR", "where")
        let other = Option.refused("elsewhere", takes: .value("DIR"), "is not possible", hint: "write --place")
        let parser = CommandLineParser(
            verbs: Fixture.verbs, globalOptions: Fixture.globals, generalOptions: [level, place, other])
        func invocation(_ words: String...) throws -> Invocation {
            guard case .run(_, let invocation) = try parser.parse(words) else {
                throw Failure(.other, "\(words)", "asks for no verb")
            }
            return invocation
        }
        #expect(try invocation("-o", "a", "info", "--log-level", "debug")[place] == "a")
        #expect(try invocation("info", "--place=b")[place] == "b")
        let both = try invocation("-o", "a", "env", "list", "-o", "f")
        #expect(both[place] == "a" && both[Fixture.output] == "f")
        #expect(throws: Failure.self) { try invocation("run", "--log-level", "x", "ls") }
        let refused = #expect(throws: Failure.self) { try invocation("info", "--elsewhere", "/") }
        #expect(refused?.subject == "--elsewhere" && refused?.hint == "write --place")
        // Nobody is sent to what does nothing.
        #expect(throws: Failure.self) { try invocation("info", "--log-levl", "x") }
        #expect(Help.text(for: [Fixture.verbs[3]], [], [level]).contains("Accepted and without effect:"))
    }
}

struct SuggestionTests {
    @Test(arguments: [
        ("", "", 0), ("abc", "abc", 0), ("abc", "acb", 1), ("abc", "ab", 1), ("", "abc", 3), ("kitten", "sitting", 3),
    ])
    func distances(a: String, b: String, expected: Int) {
        #expect(Suggestion.distance(Array(a.utf8), Array(b.utf8)) == expected)
        #expect(Suggestion.distance(Array(b.utf8), Array(a.utf8)) == expected)
    }

    @Test func nearest() {
        let names = ["create", "install", "remove", "run", "rm"]
        #expect(Suggestion.nearest(to: "instal", among: names) == "install")
        #expect(Suggestion.nearest(to: "rnu", among: names) == "run")
        #expect(Suggestion.nearest(to: "download", among: names) == nil)
        #expect(Suggestion.nearest(to: "x", among: []) == nil)
        #expect(Suggestion.nearest(to: "dryrun", among: ["dry-run"]) == "dry-run")
    }

    /// What says the opposite, or something else, is no correction.
    @Test(arguments: [
        ("--run-link-scripts", "--no-link-scripts"), ("--prune-deps", "--no-prune-deps"),
        ("--no-prune-deps", "--prune-deps"), ("--no-always-copy", "--always-copy"),
        ("--no-extra-safety-checks", "--extra-safety-checks"), ("--safety-checks", "--extra-safety-checks"),
        ("--py-pin", "--no-pin"), ("--update-deps", "--no-update-deps"), ("reinit", "deinit"), ("--detach", "--attach"),
        ("--lock-timeout", "--read-timeout"), ("install", "uninstall"), ("safety_checks", "extra_safety_checks"),
        ("deactivate", "reactivate"),
    ])
    func opposites(typed: String, other: String) {
        #expect(Suggestion.nearest(to: typed, among: [other]) == nil)
        #expect(Suggestion.nearest(to: other, among: [typed]) == nil)
    }
}
