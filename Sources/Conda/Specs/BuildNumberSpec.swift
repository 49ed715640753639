// SPDX-License-Identifier: BSD-3-Clause
package import Failures

/// Which build numbers are wanted: a number, an operator with one, or a pattern (Rules §8).
package enum BuildNumberSpec: Sendable, Hashable {
    case equal(UInt64)
    case notEqual(UInt64)
    case less(UInt64)
    case lessOrEqual(UInt64)
    case greater(UInt64)
    case greaterOrEqual(UInt64)
    /// `*`, a glob or `^…$` over the number's digits.
    case text(StringMatcher)

    /// Reads a build number spec.
    package init(_ text: String) throws(Failure) {
        let bytes = Array(text.utf8).filter { !$0.isSpace }
        let signs = bytes.prefix(while: VersionClause.isOperatorSign)
        let digits = bytes[signs.count...]
        if signs.isEmpty, digits.contains(UInt8(ascii: "*")) || digits.first == UInt8(ascii: "^") {
            self = .text(try StringMatcher(digits.text))
            return
        }
        guard !digits.isEmpty, digits.allSatisfy(\.isDigit), let number = UInt64(digits.text) else {
            throw Failure(.parse, text, "not a build number")
        }
        switch signs.text {
        case "", "=", "==": self = .equal(number)
        case "!=": self = .notEqual(number)
        case "<": self = .less(number)
        case "<=": self = .lessOrEqual(number)
        case ">": self = .greater(number)
        case ">=": self = .greaterOrEqual(number)
        default: throw Failure(.parse, text, "not a build number: unknown operator `\(signs.text)`")
        }
    }

    /// Whether `number` is wanted.
    package func matches(_ number: UInt64) -> Bool {
        switch self {
        case .equal(let other): number == other
        case .notEqual(let other): number != other
        case .less(let other): number < other
        case .lessOrEqual(let other): number <= other
        case .greater(let other): number > other
        case .greaterOrEqual(let other): number >= other
        case .text(let matcher): matcher.matches(String(number))
        }
    }
}

extension BuildNumberSpec: CustomStringConvertible {
    package var description: String {
        switch self {
        case .equal(let number): "\(number)"
        case .notEqual(let number): "!=\(number)"
        case .less(let number): "<\(number)"
        case .lessOrEqual(let number): "<=\(number)"
        case .greater(let number): ">\(number)"
        case .greaterOrEqual(let number): ">=\(number)"
        case .text(let matcher): matcher.text
        }
    }
}
