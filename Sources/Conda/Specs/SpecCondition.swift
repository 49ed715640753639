// SPDX-License-Identifier: BSD-3-Clause
package import Failures

/// When a dependency counts: specs joined with `and`, `or` and parentheses (CEP 43).
package indirect enum SpecCondition: Sendable, Hashable {
    /// Holds if a package of the solution, or a virtual one, matches.
    case spec(MatchSpec)
    case all([SpecCondition])
    case either([SpecCondition])

    /// Reads the value of `when`.
    package init(_ text: String) throws(Failure) {
        var parser = SpecConditionParser(text)
        self = try parser.parse()
    }

    /// Whether it holds, given which specs do.
    package func holds(where matches: (MatchSpec) -> Bool) -> Bool {
        switch self {
        case .spec(let spec): matches(spec)
        case .all(let parts): parts.allSatisfy { $0.holds(where: matches) }
        case .either(let parts): parts.contains { $0.holds(where: matches) }
        }
    }

    /// Every spec in it.
    package var specs: [MatchSpec] {
        switch self {
        case .spec(let spec): [spec]
        case .all(let parts), .either(let parts): parts.flatMap(\.specs)
        }
    }
}

extension SpecCondition: CustomStringConvertible {
    package var description: String {
        switch self {
        case .spec(let spec): spec.compactDescription
        case .all(let parts):
            parts.map { part in
                if case .either = part { return "(\(part))" }
                return part.description
            }.joined(separator: " and ")
        case .either(let parts): parts.map(\.description).joined(separator: " or ")
        }
    }
}

/// Reads conditions; `and` binds tighter than `or`.
private struct SpecConditionParser {
    private let tokens: [Token]
    private let text: String
    private var index = 0
    private var depth = 0

    private enum Token: Equatable { case open, close, and, or, spec(String) }

    init(_ text: String) {
        self.text = text
        tokens = Self.tokens(of: Array(text.utf8))
    }

    mutating func parse() throws(Failure) -> SpecCondition {
        let condition = try parseEither()
        guard index == tokens.count else { throw failure("something is left over at the end") }
        return condition
    }

    private func failure(_ reason: String) -> Failure {
        Failure(
            .parse, text, "not a condition: \(reason)",
            hint: "join specs such as `python>=3.10` or `__unix` with `and`, `or` and parentheses")
    }

    private mutating func take(_ token: Token) -> Bool {
        guard index < tokens.count, tokens[index] == token else { return false }
        index += 1
        return true
    }

    private mutating func parseEither() throws(Failure) -> SpecCondition {
        depth += 1
        defer { depth -= 1 }
        guard depth < 64 else { throw failure("too many parentheses") }
        var parts: [SpecCondition] = []
        repeat {
            let part = try parseAll()
            if case .either(let inner) = part { parts += inner } else { parts.append(part) }
        } while take(.or)
        return parts.count == 1 ? parts[0] : .either(parts)
    }

    private mutating func parseAll() throws(Failure) -> SpecCondition {
        var parts: [SpecCondition] = []
        repeat {
            let part = try parseAtom()
            if case .all(let inner) = part { parts += inner } else { parts.append(part) }
        } while take(.and)
        return parts.count == 1 ? parts[0] : .all(parts)
    }

    private mutating func parseAtom() throws(Failure) -> SpecCondition {
        if take(.open) {
            let condition = try parseEither()
            guard take(.close) else { throw failure("a `(` is not closed") }
            return condition
        }
        guard index < tokens.count, case .spec(let text) = tokens[index] else { throw failure("a spec is missing") }
        index += 1
        let spec: MatchSpec
        do throws(Failure) {
            spec = try MatchSpec(text)
        } catch {
            throw failure("`\(text)`: \(error.reason)")
        }
        guard spec.details.when == nil else { throw failure("a condition in a condition") }
        guard spec.exactName != nil else { throw failure("`\(text)` is on a pattern of names") }
        return .spec(spec)
    }

    /// Splits at parentheses and the words `and`, `or`, all outside brackets and quotes.
    private static func tokens(of bytes: [UInt8]) -> [Token] {
        var tokens: [Token] = []
        var words: [String] = []
        var word: [UInt8] = []
        var brackets = 0
        var quote: UInt8?
        // A version spec such as `>=3,(<4|<5)` has parentheses of its own, inside brackets only.
        func endSpec() {
            endWord()
            if !words.isEmpty { tokens.append(.spec(words.joined(separator: " "))) }
            words = []
        }
        func endWord() {
            guard !word.isEmpty else { return }
            let text = word.text
            word = []
            guard text == "and" || text == "or" else {
                words.append(text)
                return
            }
            endSpec()
            tokens.append(text == "and" ? .and : .or)
        }
        for byte in bytes {
            if let open = quote {
                word.append(byte)
                if byte == open { quote = nil }
                continue
            }
            switch byte {
            case UInt8(ascii: "'"), UInt8(ascii: "\""):
                quote = byte
                word.append(byte)
            case UInt8(ascii: "["):
                brackets += 1
                word.append(byte)
            case UInt8(ascii: "]"):
                brackets -= 1
                word.append(byte)
            case UInt8(ascii: "(") where brackets == 0:
                endSpec()
                tokens.append(.open)
            case UInt8(ascii: ")") where brackets == 0:
                endSpec()
                tokens.append(.close)
            case _ where byte.isSpace && brackets == 0: endWord()
            default: word.append(byte)
            }
        }
        endSpec()
        return tokens
    }
}
