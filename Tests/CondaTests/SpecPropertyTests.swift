// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Fuzzing
import Locations
import Testing

@Suite struct SpecPropertyTests {
    /// Any bytes at all are either read or refused.
    @Test(arguments: [7, 8] as [UInt64]) func randomBytesNeverCrash(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2500 {
            let count = Int.random(in: 0...40, using: &generator)
            let ascii = Bool.random(using: &generator)
            let bytes = (0..<count).map { _ in UInt8.random(in: ascii ? 0x20...0x7E : 0...255, using: &generator) }
            bytes.withUnsafeBytes {
                _ = try? MatchSpec(dependency: $0)
                _ = try? Version(bytes: $0)
            }
            let text = String(decoding: bytes, as: UTF8.self)
            _ = try? MatchSpec(text, .strict)
            _ = try? VersionSpec(text)
            _ = try? BuildNumberSpec(text)
            _ = try? StringMatcher("^\(text)$").matches(text)
            _ = try? SpecCondition(text)
            _ = text.maskingSecrets
            _ = text.separatingCredentials
        }
    }

    /// Order of random versions: total, transitive, and equal to comparing piece by piece with zeros filled in.
    @Test(arguments: [11, 12, 13] as [UInt64]) func versionOrderLaws(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let pieces = ["0", "1", "2", "10", "00", "a", "b", "rc", "dev", "post", "_", "128", "99999999999999999999999"]
        func random() throws -> Version {
            while true {
                var text = Int.random(in: 0..<8, using: &generator) == 0 ? "1!" : ""
                for index in 0..<Int.random(in: 1...4, using: &generator) {
                    if index > 0 { text += "." }
                    for _ in 0..<Int.random(in: 1...3, using: &generator) {
                        text += pieces.randomElement(using: &generator)!
                    }
                }
                if Int.random(in: 0..<4, using: &generator) == 0 {
                    text += "+" + pieces.randomElement(using: &generator)!
                }
                if let version = try? Version(text) { return version }
            }
        }
        let versions = try (0..<120).map { _ in try random() }
        var wrong: [String] = []
        for left in versions {
            for right in versions {
                let expected = ReferenceOrder.compare(left, right)
                let isRight =
                    (left < right) == (expected < 0) && (left == right) == (expected == 0)
                    && (left != right || left.hashValue == right.hashValue)
                    && left.startsWith(right) == ReferenceOrder.startsWith(left, right)
                if !isRight { wrong.append("\(left) \(right)") }
            }
        }
        #expect(wrong.isEmpty, "\(wrong.count): \(wrong.prefix(20))")
        let sorted = versions.sorted()
        for (left, right) in zip(sorted, sorted.dropFirst()) { #expect(left <= right) }
    }

    /// The flat form of a spec and its tree of conditions answer alike.
    @Test func flatBoundsAreTheConditions() throws {
        var generator = SeededGenerator(seed: 21)
        let texts = [
            "1", "1.0", "1.0.dev1", "1.2", "1.2.3.4.5.6.7.8.9.10.11.12", "1.2a", "2", "0", "1.2.3.4.5.6.7.8.9.10.11",
            "1!1",
        ]
        let operators = ["==", "!=", "<", "<=", ">", ">=", "=", "~=", "", "!*"]
        let versions = try (texts + ["1.2.0", "1.2rc1", "1.20", "1.2.3.4.5.6.7.8.9.10.11.12.post1"]).map {
            try Version($0)
        }
        var wrong: [String] = []
        for _ in 0..<3000 {
            var text = ""
            for index in 0..<Int.random(in: 1...4, using: &generator) {
                if index > 0 { text += Bool.random(using: &generator) ? "," : "|" }
                let sign = operators.randomElement(using: &generator)!
                let version = texts.randomElement(using: &generator)!
                text += sign == "!*" ? "!=\(version).*" : sign + version
            }
            let spec = try VersionSpec(text)
            for version in versions where spec.matches(version) != spec.condition.matches(version) {
                wrong.append("\(text) \(version)")
            }
        }
        #expect(wrong.isEmpty, "\(wrong.count): \(wrong.prefix(20))")
    }

    @Test func textsThatCost() throws {
        // A backtracking engine would need longer than the age of the universe for this.
        let matcher = try StringMatcher("^(a*)*(a|a)*(a?){30}b$")
        #expect(!matcher.matches(String(repeating: "a", count: 2000)))
        #expect(throws: (any Error).self) { try StringMatcher("^((a{999}){999}){999}$") }
        #expect(throws: (any Error).self) { try VersionSpec(String(repeating: "(", count: 100_000)) }
        #expect(throws: (any Error).self) { try StringMatcher("^" + String(repeating: "(", count: 100_000) + "$") }
    }
}
