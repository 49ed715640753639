// SPDX-License-Identifier: BSD-3-Clause
import Testing

@testable import krait

struct HelpTests {
    @Test func overview() throws {
        try expectSnapshot(Help.overview(Fixture.verbs, Fixture.globals), "help-overview.txt")
    }

    @Test(arguments: [["create"], ["remove"], ["env"], ["env", "list"], ["shell"]])
    func ofAVerb(path: [String]) throws {
        var verbs: [Verb] = []
        for name in path {
            let choices = verbs.last?.verbs ?? Fixture.verbs
            verbs.append(try #require(choices.first { $0.names.contains(name) }))
        }
        try expectSnapshot(Help.text(for: verbs, Fixture.globals), "help-\(path.joined(separator: "-")).txt")
    }
}

/// The tool's own tables.
struct VerbTableTests {
    static let all: [(path: String, chain: [Verb])] = {
        var found: [(path: String, chain: [Verb])] = []
        func walk(_ verbs: [Verb], _ chain: [Verb]) {
            for verb in verbs {
                let own = chain + [verb]
                found.append((own.map { $0.names[0] }.joined(separator: " "), own))
                walk(verb.verbs, own)
            }
        }
        walk(Verb.all, [])
        return found
    }()

    @Test(arguments: all.map(\.path))
    func isSound(path: String) throws {
        let chain = try #require(Self.all.first { $0.path == path }).chain
        let verb = try #require(chain.last)
        #expect(verb.action != nil || verb.isNoun, "neither does anything nor has verbs")
        #expect(!verb.summary.isEmpty && !verb.summary.hasSuffix("."))
        var seen: Set<String> = []
        for option in verb.options {
            for spelling in Completion.spellings(option) {
                #expect(seen.insert(spelling).inserted, "\(spelling) twice")
            }
            #expect(!option.summary.isEmpty)
        }
        for option in Option.global where !["yes", "quiet"].contains(option.name) {
            for spelling in Completion.spellings(option) {
                #expect(!seen.contains(spelling), "\(spelling) hides a global option")
            }
        }
        let names = verb.verbs.flatMap(\.names)
        #expect(Set(names).count == names.count)
        for line in Help.text(for: chain, Option.global).split(separator: "\n") {
            #expect(line.count <= 160, "\(line)")
        }
    }

    @Test func namesDiffer() {
        let names = Verb.all.flatMap(\.names)
        #expect(Set(names).count == names.count)
    }

    @Test func micromambasVerbsAreThere() {
        let paths = Set(Self.all.map(\.path))
        let wanted = [
            "create", "install", "update", "remove", "list", "env list", "env create", "env remove", "activate",
            "deactivate", "reactivate", "run", "shell hook", "shell init", "shell deinit", "shell activate",
            "shell deactivate", "shell reactivate", "shell completion", "config list", "config describe",
            "config sources", "config get", "env config vars list", "env config vars set", "env config vars unset",
            "info",
        ]
        for path in wanted { #expect(paths.contains(path), "\(path)") }
    }
}
