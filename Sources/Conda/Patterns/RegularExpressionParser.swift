// SPDX-License-Identifier: BSD-3-Clause

/// Why a pattern cannot be used.
enum RegularExpressionProblem: Error {
    case unbalanced, nothingToRepeat, badRange, badEscape, unsupported, tooDeep, tooLarge

    /// The reason in words.
    var reason: String {
        switch self {
        case .unbalanced: "a bracket or parenthesis is not closed in the pattern"
        case .nothingToRepeat: "there is nothing to repeat in the pattern"
        case .badRange: "a range in the pattern is backwards"
        case .badEscape: "the pattern ends in or has an unknown `\\` escape"
        case .unsupported: "look-around and back references are not supported in patterns"
        case .tooDeep, .tooLarge: "the pattern is too large"
        }
    }
}

/// A pattern as a tree.
indirect enum RegularExpressionNode {
    case empty, scalar(UInt32), any, set(ScalarSet), start, end, boundary(Bool)
    case sequence([RegularExpressionNode]), either([RegularExpressionNode])
    case repeated(RegularExpressionNode, minimum: Int, maximum: Int?)
}

/// A set of characters: `[a-z]`, `\d`; letters are in it in lower case.
struct ScalarSet: Sendable {
    var ranges: [ClosedRange<UInt32>] = []
    var isInverted = false

    static let digit = ScalarSet(ranges: [0x30...0x39])
    static let word = ScalarSet(ranges: [0x30...0x39, 0x5F...0x5F, 0x61...0x7A, 0x80...0x10FFFF])
    static let space = ScalarSet(ranges: [0x09...0x0D, 0x20...0x20])

    func contains(_ scalar: UInt32) -> Bool { ranges.contains { $0.contains(scalar) } != isInverted }

    /// Adds a range, its upper-case letters as lower-case ones.
    mutating func insert(_ range: ClosedRange<UInt32>) {
        ranges.append(range)
        let upper = max(range.lowerBound, 0x41)...max(max(range.lowerBound, 0x41), min(range.upperBound, 0x5A))
        if range.contains(upper.lowerBound), upper.upperBound <= 0x5A {
            ranges.append(upper.lowerBound + 0x20...upper.upperBound + 0x20)
        }
    }

    /// Adds everything in `other`, or everything that is not.
    mutating func insert(_ other: ScalarSet, inverted: Bool) {
        guard inverted else {
            ranges += other.ranges
            return
        }
        var next: UInt32 = 0
        for range in other.ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > next { ranges.append(next...range.lowerBound - 1) }
            next = max(next, range.upperBound + 1)
        }
        if next <= 0x10FFFF { ranges.append(next...0x10FFFF) }
    }
}

/// Reads the patterns that `re` of Python and the regex crate of Rust have in common.
struct RegularExpressionParser {
    private let scalars: [UInt32]
    private var index = 0
    private var depth = 0

    init(_ text: String) { scalars = text.unicodeScalars.map(\.value) }

    mutating func parse() throws(RegularExpressionProblem) -> RegularExpressionNode {
        let node = try parseEither()
        guard index == scalars.count else { throw .unbalanced }
        return node
    }

    private func peek() -> UInt32? { index < scalars.count ? scalars[index] : nil }

    private func peeks(_ character: Unicode.Scalar) -> Bool { peek() == character.value }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peeks(character) else { return false }
        index += 1
        return true
    }

    private mutating func parseEither() throws(RegularExpressionProblem) -> RegularExpressionNode {
        depth += 1
        defer { depth -= 1 }
        guard depth < 64 else { throw .tooDeep }
        var alternatives = [try parseSequence()]
        while take("|") { alternatives.append(try parseSequence()) }
        return alternatives.count == 1 ? alternatives[0] : .either(alternatives)
    }

    private mutating func parseSequence() throws(RegularExpressionProblem) -> RegularExpressionNode {
        var nodes: [RegularExpressionNode] = []
        while let next = peek(), next != ("|" as Unicode.Scalar).value, next != (")" as Unicode.Scalar).value {
            nodes.append(try parseRepeated())
        }
        return nodes.isEmpty ? .empty : .sequence(nodes)
    }

    private mutating func parseRepeated() throws(RegularExpressionProblem) -> RegularExpressionNode {
        var node = try parseAtom()
        while true {
            let minimum: Int
            let maximum: Int?
            if take("*") {
                (minimum, maximum) = (0, nil)
            } else if take("+") {
                (minimum, maximum) = (1, nil)
            } else if take("?") {
                (minimum, maximum) = (0, 1)
            } else if let counts = takeCounts() {
                (minimum, maximum) = counts
                if let maximum, maximum < minimum { throw .badRange }
                guard minimum <= 1000, maximum ?? 0 <= 1000 else { throw .tooLarge }
            } else {
                return node
            }
            switch node {
            case .start, .end, .boundary: throw .nothingToRepeat
            default: break
            }
            // Lazy or not, the same texts match.
            _ = take("?")
            node = .repeated(node, minimum: minimum, maximum: maximum)
        }
    }

    /// `{m}`, `{m,}`, `{,n}`, `{m,n}`; anything else is the character `{`.
    private mutating func takeCounts() -> (Int, Int?)? {
        guard peeks("{") else { return nil }
        let start = index
        index += 1
        let first = takeNumber()
        var result: (Int, Int?)?
        if take(",") {
            let second = takeNumber()
            if first != nil || second != nil { result = (first ?? 0, second) }
        } else if let first {
            result = (first, first)
        }
        if take("}"), let result { return result }
        index = start
        return nil
    }

    private mutating func takeNumber() -> Int? {
        var value: Int?
        while let next = peek(), next >= 0x30, next <= 0x39 {
            value = min((value ?? 0) * 10 + Int(next - 0x30), 1_000_000)
            index += 1
        }
        return value
    }

    private mutating func parseAtom() throws(RegularExpressionProblem) -> RegularExpressionNode {
        guard let next = peek() else { throw .unbalanced }
        index += 1
        switch Unicode.Scalar(next) {
        case "*", "+", "?": throw .nothingToRepeat
        case ".": return .any
        case "^": return .start
        case "$": return .end
        case "(": return try parseGroup()
        case "[": return .set(try parseSet())
        case "\\": return try parseEscape()
        default: return .scalar(Self.folded(next))
        }
    }

    private mutating func parseGroup() throws(RegularExpressionProblem) -> RegularExpressionNode {
        if take("?") {
            if take("P") {
                guard take("<") else { throw .unsupported }
                while let next = peek(), next != (">" as Unicode.Scalar).value { index += 1 }
                guard take(">") else { throw .unbalanced }
            } else {
                guard take(":") else { throw .unsupported }
            }
        }
        let node = try parseEither()
        guard take(")") else { throw .unbalanced }
        return node
    }

    private mutating func parseEscape() throws(RegularExpressionProblem) -> RegularExpressionNode {
        guard let next = peek() else { throw .badEscape }
        index += 1
        if let set = Self.shorthand(next) { return .set(set) }
        switch Unicode.Scalar(next) {
        case "b": return .boundary(true)
        case "B": return .boundary(false)
        case "A": return .start
        case "Z", "z": return .end
        case "1", "2", "3", "4", "5", "6", "7", "8", "9": throw .unsupported
        default: return .scalar(Self.folded(try Self.plainEscape(next)))
        }
    }

    private mutating func parseSet() throws(RegularExpressionProblem) -> ScalarSet {
        var set = ScalarSet()
        let inverted = take("^")
        var isFirst = true
        while true {
            guard let next = peek() else { throw .unbalanced }
            index += 1
            if next == ("]" as Unicode.Scalar).value, !isFirst { break }
            isFirst = false
            guard let low = try setMember(next, into: &set) else { continue }
            guard peeks("-"), index + 1 < scalars.count, scalars[index + 1] != ("]" as Unicode.Scalar).value else {
                set.insert(low...low)
                continue
            }
            index += 2
            guard let high = try setMember(scalars[index - 1], into: &set), low <= high else { throw .badRange }
            set.insert(low...high)
        }
        set.isInverted = inverted
        return set
    }

    /// The character that stands in a set, or nil when it was a class such as `\d`, which is then added.
    private mutating func setMember(
        _ scalar: UInt32, into set: inout ScalarSet
    ) throws(RegularExpressionProblem) -> UInt32? {
        guard scalar == ("\\" as Unicode.Scalar).value else { return scalar }
        guard let escaped = peek() else { throw .badEscape }
        index += 1
        if let shorthand = Self.shorthand(escaped) {
            set.insert(ScalarSet(ranges: shorthand.ranges), inverted: shorthand.isInverted)
            return nil
        }
        return try Self.plainEscape(escaped)
    }

    private static func shorthand(_ scalar: UInt32) -> ScalarSet? {
        switch Unicode.Scalar(scalar) {
        case "d": return .digit
        case "w": return .word
        case "s": return .space
        case "D": return ScalarSet(ranges: ScalarSet.digit.ranges, isInverted: true)
        case "W": return ScalarSet(ranges: ScalarSet.word.ranges, isInverted: true)
        case "S": return ScalarSet(ranges: ScalarSet.space.ranges, isInverted: true)
        default: return nil
        }
    }

    /// `\n` and the like, or an escaped sign that stands for itself.
    private static func plainEscape(_ scalar: UInt32) throws(RegularExpressionProblem) -> UInt32 {
        switch Unicode.Scalar(scalar) {
        case "n": return 0x0A
        case "r": return 0x0D
        case "t": return 0x09
        case "f": return 0x0C
        case "v": return 0x0B
        case "0": return 0
        default:
            guard scalar < 0x80, UInt8(scalar).isLetter else { return scalar }
            throw .badEscape
        }
    }

    private static func folded(_ scalar: UInt32) -> UInt32 { scalar &- 0x41 < 26 ? scalar | 0x20 : scalar }
}
