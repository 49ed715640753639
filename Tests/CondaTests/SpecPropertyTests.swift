// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Testing

/// A small generator whose numbers depend on the seed only.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

@Suite struct SpecPropertyTests {
    static let seeds = [
        "numpy", "numpy 1.7", "numpy=1.7", "numpy >=1.8,<2|1.9 py27_0", "conda-forge/linux-64::foo==1.0=py27_0",
        "*/linux-64::foo>=1.0", "foo[version='>=1,<2', build=\"py3*\", subdir=linux-64]", "^py.*$[version=3]",
        "ns:foo ~=1.2.3", "https://user:pw@host/t/tok/chan/linux-64::x=1", "x[when='(__win or __osx) and python>=3.8']",
        "x[extras=[a, b], flags=['cpu', blas:*]]", "https://conda.anaconda.org/c/linux-64/a-1!2.0-b_0.conda#" + md5,
        "./a-1-0.tar.bz2", "x !=1.2.*,^1\\..*$|(2.0|3*)", "x[md5=\(md5),license='MIT*',track_features='a b']",
        "libblas * *mkl", "x 1.0 # comment", "x[url='file:///a b/c-1-0.conda']", "x[build='a\\'b\\\\c']", "x=1.2*=*",
    ]
    static let md5 = "0123456789abcdef0123456789abcdef"

    /// What is accepted prints to a text that is read as an equal spec, whatever was typed.
    @Test(arguments: [1, 2, 3, 4] as [UInt64]) func mutatedSpecsRoundTrip(seed: UInt64) throws {
        var generator = SeededGenerator(state: seed)
        let alphabet = Array("abz019.*=<>!~|,()[]'\" :/_-+^$#\\@\t{}%é".unicodeScalars)
        var accepted = 0
        var wrong: [String] = []
        for _ in 0..<2000 {
            var scalars = Array(Self.seeds.randomElement(using: &generator)!.unicodeScalars)
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 0...scalars.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: scalars.insert(alphabet.randomElement(using: &generator)!, at: place)
                case 1: if place < scalars.count { scalars.remove(at: place) }
                default: if place < scalars.count { scalars[place] = alphabet.randomElement(using: &generator)! }
                }
            }
            var text = ""
            text.unicodeScalars.append(contentsOf: scalars)
            if let spec = try? MatchSpec(text) {
                accepted += 1
                let again = try? MatchSpec(spec.description)
                if again != spec || again?.description != spec.description {
                    wrong.append("\(text.debugDescription) → \(spec) → \(again?.description ?? "refused")")
                }
                if again?.hashValue != spec.hashValue { wrong.append("hash of \(text)") }
            }
            let short = Array(text.utf8).withUnsafeBytes { try? MatchSpec(dependency: $0) }
            if short != (try? MatchSpec(text)) { wrong.append("as dependency: \(text.debugDescription)") }
            if let spec = try? VersionSpec(text), try VersionSpec(spec.description) != spec { wrong.append(text) }
        }
        #expect(wrong.isEmpty, "\(wrong.count): \(wrong.prefix(20).joined(separator: "\n"))")
        #expect(accepted > 200)
    }

    /// Any bytes at all are either read or refused.
    @Test(arguments: [7, 8] as [UInt64]) func randomBytesNeverCrash(seed: UInt64) {
        var generator = SeededGenerator(state: seed)
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
        var generator = SeededGenerator(state: seed)
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
                let expected = Reference.compare(left, right)
                let isRight =
                    (left < right) == (expected < 0) && (left == right) == (expected == 0)
                    && (left != right || left.hashValue == right.hashValue)
                    && left.startsWith(right) == Reference.startsWith(left, right)
                if !isRight { wrong.append("\(left) \(right)") }
            }
        }
        #expect(wrong.isEmpty, "\(wrong.count): \(wrong.prefix(20))")
        let sorted = versions.sorted()
        for (left, right) in zip(sorted, sorted.dropFirst()) { #expect(left <= right) }
    }

    /// The flat form of a spec and its tree of conditions answer alike.
    @Test func flatBoundsAreTheConditions() throws {
        var generator = SeededGenerator(state: 21)
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

/// The order of CEP 33 written down as its text has it, piece by piece.
private enum Reference {
    static func compare(_ left: Version, _ right: Version) -> Int {
        let (a, b) = (left.parts, right.parts)
        let main = compare(a.main, b.main)
        return main != 0 ? main : compare(a.local, b.local)
    }

    static func startsWith(_ version: Version, _ prefix: Version) -> Bool {
        let (a, p) = (version.parts, prefix.parts)
        if p.local.isEmpty { return startsWith(a.main, p.main) }
        return compare(a.main, p.main) == 0 && startsWith(a.local, p.local)
    }

    private static func startsWith(_ list: [[Version.Piece]], _ prefix: [[Version.Piece]]) -> Bool {
        let last = prefix.count - 1
        for index in 0..<last where compare(at(list, index), prefix[index]) != 0 { return false }
        let (component, wanted) = (at(list, last), prefix[last])
        for index in 0..<(wanted.count - 1) where compare(piece(component, index), wanted[index]) != 0 { return false }
        let final = wanted[wanted.count - 1]
        let candidate = piece(component, wanted.count - 1)
        if case .word(let word) = final {
            if case .word(let other) = candidate { return other.hasPrefix(word) }
            return false
        }
        return compare(candidate, final) == 0
    }

    private static func compare(_ left: [[Version.Piece]], _ right: [[Version.Piece]]) -> Int {
        for index in 0..<max(left.count, right.count) {
            let order = compare(at(left, index), at(right, index))
            if order != 0 { return order }
        }
        return 0
    }

    private static func compare(_ left: [Version.Piece], _ right: [Version.Piece]) -> Int {
        for index in 0..<max(left.count, right.count) {
            let order = compare(piece(left, index), piece(right, index))
            if order != 0 { return order }
        }
        return 0
    }

    private static func at(_ list: [[Version.Piece]], _ index: Int) -> [Version.Piece] {
        index < list.count ? list[index] : []
    }

    private static func piece(_ component: [Version.Piece], _ index: Int) -> Version.Piece {
        index < component.count ? component[index] : .number("0")
    }

    private static func compare(_ left: Version.Piece, _ right: Version.Piece) -> Int {
        switch (left, right) {
        case (.number(let a), .number(let b)):
            let (x, y) = (a.drop { $0 == "0" }, b.drop { $0 == "0" })
            if x.count != y.count { return x.count < y.count ? -1 : 1 }
            return x == y ? 0 : x < y ? -1 : 1
        case (.word(let a), .word(let b)): return a == b ? 0 : a.utf8.lexicographicallyPrecedes(b.utf8) ? -1 : 1
        default:
            let (a, b) = (rank(left), rank(right))
            return a == b ? 0 : a < b ? -1 : 1
        }
    }

    private static func rank(_ piece: Version.Piece) -> Int {
        switch piece {
        case .dev: 0
        case .word: 1
        case .number: 2
        case .post: 3
        }
    }
}
