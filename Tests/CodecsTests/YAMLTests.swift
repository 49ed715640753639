// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Foundation
import Testing

@testable import Codecs

private func parse(_ text: String) throws -> YAMLNode { try YAML.parse(Array(text.utf8), subject: "test.yml") }

@Suite struct YAMLTests {
    @Test func shapesAndPlaces() throws {
        let node = try parse("name: demo\nlist:\n  - a\n  - 'b'\n  - {c: 3.10}\n")
        #expect(node["name"]?.text == "demo")
        #expect(node["list"]?.line == 3)
        let list = try #require(node["list"]?.sequence)
        #expect(list.map(\.line) == [3, 4, 5])
        #expect(list[1].column == 5)
        #expect(list[2]["c"]?.text == "3.10")
        #expect(list[2]["c"]?.scalar == .float(3.1))
        #expect(list[1].content == .scalar("b", isPlain: false))
        #expect(try parse("").isNull)
        #expect(try parse("# nothing\n").isNull)
    }

    @Test func comments() throws {
        let node = try parse(
            "a:  # [linux]\n- x=1  # [win]\n- 'y # no'   #[osx] é\n- z#1\n- é é # [é]\r\n- |\n  t # in\n- q\n# alone\nb: 1 # last"
        )
        let list = try #require(node["a"]?.sequence)
        #expect(list.map(\.comment) == ["[win]", "[osx] é", nil, "[é]", nil, nil])
        #expect(node.mapping?.first?.key.comment == "[linux]")
        #expect(node["b"]?.comment == "last")
    }

    @Test func mergeKeysAsPyYAML() throws {
        let text = """
            base: &b {x: 1, y: 2}
            other: &o {x: 8, z: 9}
            one: {<<: *b, y: 3}
            two: {<<: [*b, *o], w: 0}
            late: {y: 3, <<: *b}
            """
        let node = try parse(text)
        #expect(node["one"]?.json == ["x": 1, "y": 3])
        #expect(node["two"]?.json == ["x": 1, "z": 9, "y": 2, "w": 0])
        #expect(node["late"]?.json == ["x": 1, "y": 3])
        #expect(try parse("{'<<': 1}")["<<"]?.integer == 1)
    }

    @Test(arguments: [
        "a: [", "a: b: c", "\tx: 1", "a: 'x", "*none", "&a [*a]", "<<: 3", "--- 1\n--- 2",
        "!!python/object:os.system {}",
        "!secret x", "a: \u{1}", "- a\nb: 1", "{a: 1", "%YAML 3.0\n--- a", "a: @x", "? [a", "key: >\n x\n\ty: [",
    ])
    func refuses(text: String) {
        #expect(throws: Failure.self) { _ = try parse(text) }
    }

    @Test func failureNamesThePlace() {
        do {
            _ = try parse("a: 1\nb: [1, 2\nc: 3\n")
            Issue.record("parsed")
        } catch {
            #expect((error as? Failure)?.subject.hasPrefix("test.yml:3:") == true)
        }
    }

    @Test func aliasBombIsRefused() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<10 {
            text += "a\(level): &a\(level) [" + (0..<9).map { _ in "*a\(level - 1)" }.joined(separator: ", ") + "]\n"
        }
        #expect(throws: Failure.self) { _ = try parse(text) }
        #expect(throws: Failure.self) { _ = try parse(String(repeating: "[", count: 5000)) }
    }

    @Test func plainScalarsEqualPyYAMLConformance() {
        var count = 0
        for row in pyYAMLScalars.split(separator: "\n") {
            let fields = row.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            count += 1
            let expected: YAMLScalar =
                switch fields[1].first {
                case "n": .null
                case "b": .bool(fields[1] == "b1")
                case "i": .integer(Int64(fields[1].dropFirst()) ?? -1)
                case "f": .float(Double(fields[1].dropFirst()) ?? -1)
                default: .text(fields[0])
                }
            let found = YAMLScalar(fields[0], isPlain: true, tag: nil)
            if case .float(let value) = found, value.isNaN {
                #expect(fields[1] == "fnan", "\(fields[0])")
            } else if case .float(let left) = found, case .float(let right) = expected {
                #expect(abs(left - right) <= abs(right) * 1e-12 || left == right, "\(fields[0])")
            } else {
                #expect(found == expected, "\(fields[0])")
            }
        }
        #expect(count > 1000)
    }

    @Test func tagsAndQuotesDecide() throws {
        #expect(try parse("'1'").scalar == .text("1"))
        #expect(try parse("!!str 1").scalar == .text("1"))
        #expect(try parse("!!int '1'").scalar == .integer(1))
        #expect(try parse("!!float 1").scalar == .float(1))
        #expect(try parse("! yes").scalar == .bool(true))
    }

    @Test func quotedTextReadsBack() throws {
        var random = SeededGenerator(state: 5)
        let fixed = [
            "", "a", "yes", "1", "1.0", "~", "a: b", "a #b", "- x", "é", "'", "\"", "\n", " a", "a ", "a:", "*x",
            "2001-01-01", "😀\u{7f}\u{85}\u{2028}\u{feff}", "numpy>=1.0,<2", "python=3.10", "=", "<<", "no",
        ]
        let pieces = [
            "a", "B", "1", " ", ":", "#", "'", "\"", "\\", "\n", "\t", "-", "é", "😀", "\u{1}", "\u{85}", "[", "{", ",",
            "!", "&", "%", "@", "`", ".", "=",
        ]
        let made = (0..<5000).map { _ in
            (0..<Int.random(in: 0..<8, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
        }
        for text in fixed + made {
            let quoted = YAML.quoted(text)
            #expect(try parse("k: \(quoted)\n")["k"]?.scalar == .text(text), "\(quoted)")
            #expect(try parse("[\(quoted), x]\n").sequence?.first?.scalar == .text(text), "\(quoted)")
            #expect(
                try parse("- \(quoted): 1\n").sequence?.first?.mapping?.first?.key.scalar == .text(text), "\(quoted)")
        }
        #expect(YAML.quoted("python=3.10") == "python=3.10")
        #expect(YAML.quoted("numpy >=1.20") == "numpy >=1.20")
    }

    @Test func mutatedTextNeverCrashes() throws {
        var random = SeededGenerator(state: 6)
        let seed = Array(
            "name: &n x\nlist:\n- a=1 # [linux]\n- pip:\n  - \"b\\n\"\n  - {<<: *n, z: [1, 2]}\nt: |\n  x\n".utf8)
        for _ in 0..<8_000 {
            var bytes = seed
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                case 1: bytes.remove(at: place)
                default: bytes.insert(":-#&*!|>'\"{}[],\n ".utf8.randomElement(using: &random) ?? 0, at: place)
                }
            }
            _ = (try? YAML.parse(bytes, subject: "mutated"))?.json
        }
    }
}

@Suite(.enabled(if: testData != nil, "the real data is absent")) struct YAMLCorpusTests {
    @Test func realFilesParse() throws {
        let files = dataFiles("environments/yml", [".yml", ".yaml"])
        #expect(files.count > 400)
        for file in files {
            let node = try YAML.parse(Array(Data(contentsOf: file)), subject: file.lastPathComponent)
            if let folder = ProcessInfo.processInfo.environment["KRAIT_DUMP_YAML"] {
                let target = URL(fileURLWithPath: folder).appendingPathComponent(file.lastPathComponent)
                try Data(node.json.serialized()).write(to: target)
            }
        }
        for file in dataFiles("locks", [".yml", ".lock"]) where !file.path.contains("explicit") {
            _ = try YAML.parse(Array(Data(contentsOf: file)), subject: file.lastPathComponent)
        }
    }

    @Test func filesThatAreNotYAMLAreRefused() throws {
        for file in dataFiles("environments/unparsable", [".yml", ".yaml"]) {
            #expect(throws: Failure.self, "\(file.lastPathComponent)") {
                _ = try YAML.parse(Array(Data(contentsOf: file)), subject: file.lastPathComponent)
            }
        }
    }
}
