// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Foundation
import Testing

@testable import krait

/// Every verb and spelling of micromamba and conda, as their own parsers declare them (`Tests/Fixtures/peers`), under the
/// name of the tool: taken with as many values as there, and told of in `--help` where nothing comes of it, or refused
/// with what to write instead.
struct PeerOptionTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var tool: Dialect
        var verb: [String]
        /// Spellings, with `=` at their end for each value.
        var spellings: [String]

        var testDescription: String { "\(tool.rawValue) \(verb.joined(separator: " "))" }
    }

    static let rows: [Row] = [Dialect.micromamba, .conda].flatMap { tool in
        let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/peers/\(tool.rawValue).options")
        let text = (try? String(contentsOf: path, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let colon = line.firstIndex(of: ":") ?? line.startIndex
            return Row(
                tool: tool, verb: line[..<colon].split(separator: " ").map(String.init),
                spellings: line[line.index(after: colon)...].split(separator: " ").map(String.init))
        }
    }

    /// What differs, each with its reason.
    static let differences = [
        "conda create --channel-priority": "micromamba's has a value; conda's flag is hidden and without a meaning",
        "conda install --channel-priority": "the same",
        "conda update --channel-priority": "the same",
        "conda package -r": "krait's letter of the root prefix; the verb is refused anyhow",
        "conda upgrade --channel-priority": "the same",
    ]

    @Test func testTheTablesAreThere() { #expect(Self.rows.flatMap(\.spellings).count > 1_900) }

    @Test(arguments: rows)
    func testEverySpelling(row: Row) throws {
        let parser = CommandLineParser(verbs: Verb.all, globalOptions: Option.global, generalOptions: Option.general)
        let help = try Self.help(parser, row)
        for written in row.spellings {
            let name = String(written.prefix { $0 != "=" })
            if Self.differences["\(row.testDescription) \(name)"] != nil || name == "--version" || name == "-V" {
                continue
            }
            let values = Array(repeating: "x", count: written.hasSuffix("==") ? 2 : written.contains("=") ? 1 : 0)
            do throws(Failure) {
                let parsed = try parser.parse(row.tool.ownSpelling(row.verb + [name] + values))
                if case .run(_, let invocation) = parsed {
                    #expect(!invocation.operands.contains("x"), "\(name) takes its value")
                }
                // Whoever wonders what came of it finds it.
                let own = row.tool.ownSpelling(row.verb + [name]).last ?? name
                if case .run(let verb, let invocation) = parsed, Self.isIgnored(own, verb, invocation) {
                    #expect(help.contains(own), "\(name) is in --help")
                }
            } catch {
                let general = ["lists them", "did you mean", "--help"]
                let isGeneral = general.contains { error.hint?.contains($0) ?? true }
                #expect(!isGeneral, "\(name): \(error) \(error.hint ?? "")")
            }
        }
    }

    private static func help(_ parser: CommandLineParser, _ row: Row) throws -> String {
        guard case .help(let path) = try parser.parse(row.verb + ["--help"]) else { return "" }
        return Help.text(for: path, Option.global, Option.general)
    }

    private static func isIgnored(_ name: String, _ verb: Verb, _ invocation: Invocation) -> Bool {
        (verb.options + Option.global + Option.general).contains { option in
            if case .none = option.effect { invocation.has(option) } else { false }
        }
    }
}
