// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Failures
import Foundation
import Scenes
import Testing

@testable import krait

/// Commands that texts tell to type: whoever types one is understood.
@Suite("What help, examples and hints say can be typed")
struct HelpVerbTests {
    private static func problem(_ words: [String]) -> String? {
        let parser = CommandLineParser(verbs: Verb.all, globalOptions: Option.global, generalOptions: Option.general)
        do throws(Failure) {
            _ = try parser.parse(words)
            return nil
        } catch {
            return "\(error.subject): \(error.reason)"
        }
    }

    /// The words of a line of the shell, as far as these texts have any: quotes, and what ends a command.
    private static func words(_ line: some StringProtocol) -> [String] {
        var words: [String] = []
        var word = ""
        var quote: Character?
        for character in line {
            if let open = quote {
                if character == open { quote = nil } else { word.append(character) }
            } else if character == "'" || character == "\"" {
                quote = character
            } else if character == " " {
                if !word.isEmpty { words.append(word) }
                word = ""
            } else {
                word.append(character)
            }
        }
        if !word.isEmpty { words.append(word) }
        return words.prefix { !["|", ">", "<", "&"].contains($0) }.map { $0 }
    }

    static let lines: [String] = VerbTableTests.all.flatMap { $0.chain.last?.examples ?? [] }

    @Test(arguments: lines)
    func examples(line: String) throws {
        // What stands behind a wide gap is a remark.
        let typed = line.split(separator: "   ").first ?? ""
        let start = try #require(typed.range(of: "krait "), "an example of another tool")
        let rest = typed[start.upperBound...].prefix { $0 != ")" }
        #expect(Self.problem(Self.words(rest)) == nil, "\(line)")
    }

    /// Every verb that takes something to act on shows how.
    @Test func examplesAreThere() {
        for (path, chain) in VerbTableTests.all {
            guard let verb = chain.last, verb.operands.hasPrefix("SPEC"), !verb.isNoun else { continue }
            #expect(!verb.examples.isEmpty || path.hasPrefix("repoquery"), "\(path)")
        }
    }

    /// Lines of topics that begin with a command.
    @Test(arguments: HelpTopic.all.map(\.name))
    func topics(name: String) throws {
        let scene = try Scene()
        let outcome = scene.run("help \(name)")
        #expect(outcome.code == 0 && outcome.words.isEmpty)
        for line in outcome.lines {
            let text = line.drop { $0 == " " }
            guard text.hasPrefix("krait "), !text.contains("…") else { continue }
            let typed = text.dropFirst(6).split(separator: "   ").first ?? ""
            #expect(Self.problem(Self.words(typed)) == nil, "\(line)")
        }
        #expect(scene.run("help").output.contains("  \(name) "), "the list has it")
    }

    @Test(arguments: VerbTableTests.all.map(\.path))
    func eachVerb(path: String) throws {
        let scene = try Scene()
        let outcome = scene.run("help \(path)")
        #expect(outcome.code == 0 && outcome.words.isEmpty)
        #expect(scene.run("\(path) --help").output == outcome.output)
        let chain = try #require(VerbTableTests.all.first { $0.path == path }).chain
        for option in chain.last?.options ?? [] where option.isEffective {
            #expect(outcome.output.contains("--\(option.name)"), "\(option.name)")
        }
        for verb in chain.last?.verbs ?? [] { #expect(outcome.output.contains("  \(verb.names[0])")) }
    }

    /// A page for each verb and topic, with its options, in which troff finds no request that is none.
    @Test func manualPages() throws {
        let scene = try Scene()
        let names = scene.run("help --man").lines
        #expect(names.count == 1 + VerbTableTests.all.count + HelpTopic.all.count)
        #expect(Set(names).count == names.count)
        let requests: Set<String> = [".TH", ".SH", ".TP", ".B", ".I", ".BR", ".nf", ".fi"]
        for name in names {
            let page = scene.run("help --man \(name)").output
            #expect(page.hasPrefix(".TH \(name.dropLast(2).uppercased()) "), "\(name)")
            for line in page.split(separator: "\n") where line.hasPrefix(".") || line.hasPrefix("'") {
                #expect(requests.contains(String(line.prefix { $0 != " " })), "\(name): \(line)")
            }
        }
        #expect(scene.run("help --man krait-env-list.1").output.contains("\\fB\\-\\-json\\fR\n"))
        #expect(scene.run("help --man nothing.1").words.contains("is not a manual page"))
    }

    @Test func whatIsNotThere() throws {
        let scene = try Scene()
        #expect(scene.run("help creat").words.contains("did you mean `create`?"))
        #expect(scene.run("help env lst").code == 2)
        #expect(scene.run("help zzzzzz").words.contains("krait help lists them"))
        #expect(try scene.run("help specs --json").json["text"]?.string == scene.run("help specs").output)
    }

    /// The codes that help tells are those of failures.
    @Test func exitCodes() throws {
        let text = try Scene().run("help exit-codes").output
        for code in Failure.Code.allCases {
            #expect(
                text.split(separator: "\n").contains {
                    $0.split(separator: " ").prefix(2) == ["\(code.exitCode)", Substring(code.rawValue)]
                })
        }
    }
}
