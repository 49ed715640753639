// SPDX-License-Identifier: BSD-3-Clause
import Failures

/// Reads version specs without space (grammar in Rules §8).
struct VersionSpecParser {
    private let bytes: ArraySlice<UInt8>
    private var index: Int
    private var depth = 0
    /// Where `1.2*` lacks the dot that `1.2.*` has; they mean the same.
    private var missingDots: [Int] = []

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        index = bytes.startIndex
    }

    mutating func parse() throws(Failure) -> VersionSpec.Condition {
        guard !bytes.isEmpty else { throw failure("it is empty") }
        let condition = try parseEither()
        guard index == bytes.endIndex else { throw failure("a `)` has no `(`") }
        return condition
    }

    /// The text that was read, with `1.2*` written as `1.2.*`.
    var canonicalText: String {
        guard !missingDots.isEmpty else { return bytes.text }
        var text = Array(bytes)
        for index in missingDots.reversed() { text.insert(UInt8(ascii: "."), at: index - bytes.startIndex) }
        return text.text
    }

    private func failure(_ reason: String, hint: String? = nil) -> Failure {
        Failure(.parse, bytes.text, "not a version spec: \(reason)", hint: hint)
    }

    private func peeks(_ character: Unicode.Scalar) -> Bool {
        index < bytes.endIndex && bytes[index] == UInt8(ascii: character)
    }

    private mutating func parseEither() throws(Failure) -> VersionSpec.Condition {
        var conditions = [try parseAll()]
        while peeks("|") {
            index += 1
            conditions.append(try parseAll())
        }
        return conditions.count == 1 ? conditions[0] : .either(conditions)
    }

    private mutating func parseAll() throws(Failure) -> VersionSpec.Condition {
        var conditions = [try parseAtom()]
        while peeks(",") {
            index += 1
            conditions.append(try parseAtom())
        }
        return conditions.count == 1 ? conditions[0] : .all(conditions)
    }

    private mutating func parseAtom() throws(Failure) -> VersionSpec.Condition {
        if peeks("(") {
            index += 1
            depth += 1
            guard depth < 64 else { throw failure("too many parentheses") }
            let condition = try parseEither()
            guard peeks(")") else { throw failure("a `(` is not closed") }
            index += 1
            depth -= 1
            return condition
        }
        let start = index
        index = peeks("^") ? endOfPattern() : endOfClause()
        let clause = bytes[start..<index]
        guard !clause.isEmpty else { throw failure("a version is missing") }
        let condition = try VersionClause(clause, in: bytes).condition()
        if case .startsWith = condition, clause.last == UInt8(ascii: "*"), clause.first != UInt8(ascii: "="),
            clause[clause.endIndex - 2] != UInt8(ascii: "."), clause[clause.endIndex - 2] != UInt8(ascii: "*")
        {
            missingDots.append(clause.endIndex - 1)
        }
        return condition
    }

    private func endOfClause() -> Int {
        var end = index
        while end < bytes.endIndex, !Self.isSeparator(bytes[end]) { end += 1 }
        return end
    }

    /// The end of `^…$`: the first `$` outside groups that a separator or the end follows.
    private func endOfPattern() -> Int {
        var end = index
        var groups = 0
        var inSet = false
        while end < bytes.endIndex {
            switch bytes[end] {
            case UInt8(ascii: "\\"): end += 1
            case UInt8(ascii: "["): inSet = true
            case UInt8(ascii: "]"): inSet = false
            case UInt8(ascii: "(") where !inSet: groups += 1
            case UInt8(ascii: ")") where !inSet: groups -= 1
            case UInt8(ascii: "$") where groups <= 0:
                if end + 1 == bytes.endIndex || Self.isSeparator(bytes[end + 1]) { return end + 1 }
            default: break
            }
            end += 1
        }
        return bytes.endIndex
    }

    private static func isSeparator(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "|") || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "(") || byte == UInt8(ascii: ")")
    }
}
