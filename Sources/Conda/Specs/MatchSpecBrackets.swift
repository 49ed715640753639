// SPDX-License-Identifier: BSD-3-Clause
import Failures

/// Reads the keys of a spec: `[version='>=1,<2', build=py*, extras=[a, b]]` (CEP 29, 44, 45; Rules §9.3).
struct MatchSpecBrackets {
    /// One key and what it is set to.
    struct Pair {
        let key: String
        /// One text, or the entries of a `[…]` list.
        let values: [String]
        let isList: Bool
    }

    private let bytes: ArraySlice<UInt8>
    private let parser: MatchSpecParser
    private var index: Int

    /// `bytes` begins right after the opening bracket.
    init(_ bytes: ArraySlice<UInt8>, parser: MatchSpecParser) {
        self.bytes = bytes
        self.parser = parser
        index = bytes.startIndex
    }

    /// The pairs, and where the text goes on behind the closing bracket.
    mutating func parse() throws(Failure) -> (pairs: [Pair], end: Int) {
        var pairs: [Pair] = []
        while true {
            skipSeparators()
            guard let byte = peek() else { throw parser.failure("the `[` is not closed") }
            if byte == UInt8(ascii: "]") { return (pairs, index + 1) }
            let pair = try parsePair()
            if pairs.contains(where: { $0.key == pair.key }) {
                guard parser.strictness == .lenient else { throw parser.failure("`\(pair.key)` is given twice") }
                pairs.removeAll { $0.key == pair.key }
            }
            pairs.append(pair)
        }
    }

    private func peek() -> UInt8? { index < bytes.endIndex ? bytes[index] : nil }

    private mutating func skipSpace() { while let byte = peek(), byte.isSpace { index += 1 } }

    private mutating func skipSeparators() {
        while let byte = peek(), byte.isSpace || byte == UInt8(ascii: ",") { index += 1 }
    }

    private mutating func parsePair() throws(Failure) -> Pair {
        let start = index
        while let byte = peek(), byte.isLetter || byte == UInt8(ascii: "_") || byte.isDigit { index += 1 }
        let key = bytes[start..<index].text
        skipSpace()
        guard !key.isEmpty, peek() == UInt8(ascii: "=") else {
            let word = bytes[start...].prefix { !$0.isSpace && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "]") }
            throw parser.failure(
                "`\(word.text)` in the brackets is not `key=value`",
                hint: "optional dependencies are asked for as `name[extras=[group]]`")
        }
        index += 1
        skipSpace()
        if peek() == UInt8(ascii: "[") {
            index += 1
            return Pair(key: key, values: try parseList(key), isList: true)
        }
        let value = try parseValue(key)
        if let next = peek(), !next.isSpace, next != UInt8(ascii: ","), next != UInt8(ascii: "]") {
            throw parser.failure("the value of `\(key)` is not understood", hint: "put it in quotes")
        }
        return Pair(key: key, values: [value], isList: false)
    }

    private mutating func parseList(_ key: String) throws(Failure) -> [String] {
        var values: [String] = []
        while true {
            skipSpace()
            if peek() == UInt8(ascii: "]"), values.isEmpty { break }
            values.append(try parseValue(key))
            skipSpace()
            if peek() == UInt8(ascii: "]") { break }
            guard peek() == UInt8(ascii: ",") else {
                throw parser.failure("the list of `\(key)` is not closed or lacks a comma")
            }
            index += 1
        }
        index += 1
        return values
    }

    private mutating func parseValue(_ key: String) throws(Failure) -> String {
        guard let first = peek() else { throw parser.failure("the `[` is not closed") }
        if first == UInt8(ascii: "'") || first == UInt8(ascii: "\"") {
            index += 1
            return try parseQuoted(first)
        }
        let start = index
        while let byte = peek(), !byte.isSpace, byte != UInt8(ascii: ","), byte != UInt8(ascii: "]") {
            guard byte != UInt8(ascii: "["), byte != UInt8(ascii: "'"), byte != UInt8(ascii: "\"") else {
                throw parser.failure("the value of `\(key)` has a bracket or quote in it", hint: "put it in quotes")
            }
            index += 1
        }
        guard start < index else { throw parser.failure("`\(key)` has no value") }
        return bytes[start..<index].text
    }

    /// The text up to the closing quote; a backslash makes a quote or backslash a plain sign.
    private mutating func parseQuoted(_ quote: UInt8) throws(Failure) -> String {
        var value: [UInt8] = []
        while let byte = peek() {
            index += 1
            if byte == quote { return value.text }
            if byte == UInt8(ascii: "\\"), let next = peek(), Self.isEscapable(next) {
                index += 1
                value.append(next)
            } else {
                value.append(byte)
            }
        }
        throw parser.failure("a quote is not closed")
    }

    private static func isEscapable(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"")
    }

    /// A value as it has to be written to be read back the same.
    static func quoted(_ value: String, always: Bool = false) -> String {
        let bytes = Array(value.utf8)
        let needsQuotes = always || bytes.isEmpty || bytes.contains { $0.isSpace || ",='\"[]()\\".utf8.contains($0) }
        guard needsQuotes else { return value }
        let quote = bytes.contains(UInt8(ascii: "'")) && !bytes.contains(UInt8(ascii: "\"")) ? "\"" : "'"
        var result = Array(quote.utf8)
        for (offset, byte) in bytes.enumerated() {
            let next = offset + 1 < bytes.count ? bytes[offset + 1] : UInt8(ascii: "'")
            if quote.utf8.first == byte || (byte == UInt8(ascii: "\\") && isEscapable(next)) {
                result.append(UInt8(ascii: "\\"))
            }
            result.append(byte)
        }
        return (result + Array(quote.utf8)).text
    }
}
