// SPDX-License-Identifier: BSD-3-Clause
import Failures

/// One clause of a version spec: an operator and a version, a version with stars, or a pattern (Rules §8).
struct VersionClause {
    private let clause: ArraySlice<UInt8>
    private let spec: ArraySlice<UInt8>

    /// A clause, and the whole spec for messages.
    init(_ clause: ArraySlice<UInt8>, in spec: ArraySlice<UInt8>) {
        self.clause = clause
        self.spec = spec
    }

    private enum Operator {
        case equal, notEqual, lessOrEqual, greaterOrEqual, less, greater, startsWith, compatible
    }

    /// What the clause asks for.
    func condition() throws(Failure) -> VersionSpec.Condition {
        if clause.first == UInt8(ascii: "^") || clause.last == UInt8(ascii: "$") { return try pattern() }
        var rest = clause
        if let found = Self.takeOperator(&rest) { return try condition(found, rest) }
        if rest.first.map(Self.isOperatorSign) == true {
            throw failure("`\(clause.text)` has an unknown operator", hint: Self.operatorHint(rest))
        }
        if rest.allSatisfy({ $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: ".") }),
            rest.contains(UInt8(ascii: "*")), rest.first == UInt8(ascii: "*")
        {
            return .any
        }
        let literal = Self.droppingStars(rest)
        if literal.contains(UInt8(ascii: "*")) {
            for byte in literal where !Self.isVersionByte(byte) { throw failure("`\(clause.text)` is not a version") }
            return .text(try StringMatcher(rest.text))
        }
        // conda: a text with `@` is compared as it stands.
        if literal.contains(UInt8(ascii: "@")) {
            for byte in literal where !Self.isVersionByte(byte) && byte != UInt8(ascii: "@") {
                throw failure("`\(clause.text)` is not a version")
            }
            return .text(try StringMatcher(rest.text))
        }
        let version = try version(literal)
        return literal.count < rest.count ? .startsWith(VersionPrefix(version)) : .equal(version)
    }

    private func pattern() throws(Failure) -> VersionSpec.Condition {
        guard clause.count > 1, clause.first == UInt8(ascii: "^"), clause.last == UInt8(ascii: "$") else {
            throw failure("a pattern begins with `^` and ends with `$`")
        }
        do throws(RegularExpressionProblem) {
            return .text(.regularExpression(try RegularExpression(clause.text)))
        } catch {
            throw failure(error.reason)
        }
    }

    private func condition(
        _ found: Operator, _ rest: ArraySlice<UInt8>
    ) throws(Failure) -> VersionSpec.Condition {
        if rest.elementsEqual("*".utf8) {
            switch found {
            case .less, .greater, .notEqual: throw failure("`\(clause.text)` matches nothing")
            default: return .any
            }
        }
        let literal = Self.droppingStars(rest)
        let hasStars = literal.count < rest.count
        switch found {
        case .startsWith: return .startsWith(VersionPrefix(try version(literal)))
        case .notEqual:
            let version = try version(literal)
            return hasStars ? .notStartsWith(VersionPrefix(version)) : .notEqual(version)
        case .compatible:
            if hasStars { throw failure("`~=` cannot be combined with `*`", hint: "write `~=\(literal.text)`") }
            return try compatible(literal)
        case .equal: return .equal(try version(literal))
        case .less: return .less(try version(Self.droppingDotStars(rest)))
        case .lessOrEqual: return .lessOrEqual(try version(Self.droppingDotStars(rest)))
        case .greater: return .greater(try version(Self.droppingDotStars(rest)))
        case .greaterOrEqual: return .greaterOrEqual(try version(Self.droppingDotStars(rest)))
        }
    }

    /// `~=0.5.3` is `>=0.5.3,0.5.*`; with one component only, nothing but the lower bound is left.
    private func compatible(_ literal: ArraySlice<UInt8>) throws(Failure) -> VersionSpec.Condition {
        let lower = VersionSpec.Condition.greaterOrEqual(try version(literal))
        guard let dot = literal.lastIndex(of: UInt8(ascii: ".")) else { return lower }
        return .all([lower, .startsWith(VersionPrefix(try version(literal[..<dot])))])
    }

    private func version(_ literal: ArraySlice<UInt8>) throws(Failure) -> Version {
        switch literal.withUnsafeBytes({ Version.read($0) }) {
        case .success(let version): return version
        case .failure(let problem):
            throw Failure(.parse, spec.text, "`\(literal.text)` is \(problem.failure("").reason)")
        }
    }

    private func failure(_ reason: String, hint: String? = nil) -> Failure {
        Failure(.parse, spec.text, "not a version spec: \(reason)", hint: hint)
    }

    /// Takes the operator at the beginning; two operators in a row are none.
    private static func takeOperator(_ rest: inout ArraySlice<UInt8>) -> Operator? {
        let signs = rest.prefix(while: isOperatorSign)
        let found: Operator
        switch signs.count {
        case 1 where signs.first == UInt8(ascii: "="): found = .startsWith
        case 1 where signs.first == UInt8(ascii: "<"): found = .less
        case 1 where signs.first == UInt8(ascii: ">"): found = .greater
        case 2 where signs.last == UInt8(ascii: "="):
            switch signs.first {
            case UInt8(ascii: "="): found = .equal
            case UInt8(ascii: "!"): found = .notEqual
            case UInt8(ascii: "<"): found = .lessOrEqual
            case UInt8(ascii: ">"): found = .greaterOrEqual
            default: found = .compatible
            }
        default: return nil
        }
        rest = rest[signs.endIndex...]
        return found
    }

    /// The operator that was meant, for the spellings of other languages.
    static func operatorHint(_ rest: ArraySlice<UInt8>) -> String? {
        let meant = ["=>": ">=", "=<": "<=", "===": "==", "=!": "!=", "=~": "~=", "<>": "!=", "><": "!="]
        return meant[rest.prefix(while: isOperatorSign).text].map { "did you mean `\($0)`?" }
    }

    /// A sign that operators are made of.
    static func isOperatorSign(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "="), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "!"), UInt8(ascii: "~"): true
        default: false
        }
    }

    private static func isVersionByte(_ byte: UInt8) -> Bool {
        byte.isDigit || byte.isLetter || [0x2A, 0x2B, 0x2D, 0x2E, 0x5F, 0x21].contains(byte)
    }

    /// Without `*` and `.*` at the end.
    private static func droppingStars(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var text = text
        while text.last == UInt8(ascii: "*") {
            text.removeLast()
            if text.last == UInt8(ascii: ".") { text.removeLast() }
        }
        return text
    }

    /// Without `.*` at the end; `1.0.0*` after an order operator is a version with a star, as in conda.
    private static func droppingDotStars(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var text = text
        while text.suffix(2).elementsEqual(".*".utf8) { text.removeLast(2) }
        return text
    }
}
