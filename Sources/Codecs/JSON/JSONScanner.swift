// SPDX-License-Identifier: BSD-3-Clause

package import Failures

/// Reads JSON where it lies, one piece at a time, without building values: for huge documents and for the heads of
/// records.
///
/// The caller walks: `beginObject`, `nextKey` until nil, a value after each key; `beginArray`, `nextElement` until
/// false, a value after each. Every value is checked as it is passed. The bytes must outlive the scanner and all
/// ``JSONText`` got from it.
package struct JSONScanner {
    private let start: UnsafePointer<UInt8>
    private let limit: UnsafePointer<UInt8>
    private var position: UnsafePointer<UInt8>
    /// True when no element or member stands yet in the array or object being walked.
    private var isFirst = true
    private let maximumDepth: Int
    /// How many values may still be built: each takes far more memory than the two bytes that it can be written in.
    private var valuesLeft = ParsingLimits().values
    private var depth = 0
    /// What the text is, for failures.
    private let subject: String
    /// True once a value or structure was cut off by the end of the bytes: with more bytes it might be right.
    package private(set) var ranOut = false

    /// A scanner of `bytes`, which need not be a whole document.
    package init(_ bytes: UnsafeRawBufferPointer, subject: String, maximumDepth: Int = 128) {
        start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) ?? Self.nothing
        limit = start + bytes.count
        position = start
        self.maximumDepth = maximumDepth
        self.subject = subject
    }

    /// A scanner of a whole document: refuses one that is too long, and passes a byte order mark.
    init(document bytes: UnsafeRawBufferPointer, subject: String, limits: ParsingLimits) throws(Failure) {
        guard bytes.count <= limits.bytes else {
            throw Failure(.parse, subject, "\(bytes.count) bytes of JSON are more than the limit of \(limits.bytes)")
        }
        self.init(bytes, subject: subject, maximumDepth: limits.depth)
        valuesLeft = limits.values
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { position += 3 }
    }

    /// A place for the empty buffer to begin, never read.
    nonisolated(unsafe) private static let nothing: UnsafePointer<UInt8> = {
        let byte = UnsafeMutablePointer<UInt8>.allocate(capacity: 1)
        byte.initialize(to: 0)
        return UnsafePointer(byte)
    }()

    /// How many bytes have been passed; may be set back to a place it had, between members of the same object.
    package var offset: Int { position - start }

    /// What kind of value comes next.
    package enum Kind: Sendable { case null, bool, number, string, array, object }
}

// MARK: - Walking

extension JSONScanner {
    /// The kind of the value that comes next, without passing it.
    package mutating func peek() throws(Failure) -> Kind {
        skipSpace()
        guard position < limit else { throw cutOff() }
        switch position.pointee {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        default: throw unexpected("a value")
        }
    }

    /// Enters an object.
    package mutating func beginObject() throws(Failure) { try enter(UInt8(ascii: "{"), "an object") }

    /// Enters an array.
    package mutating func beginArray() throws(Failure) { try enter(UInt8(ascii: "["), "an array") }

    /// The next key of the object being walked, its colon passed; nil at the object's end.
    package mutating func nextKey() throws(Failure) -> JSONText? {
        guard try advance(closing: UInt8(ascii: "}"), "`,` or `}`") else { return nil }
        let key = try text()
        skipSpace()
        try pass(UInt8(ascii: ":"), "`:`")
        return key
    }

    /// True when another element of the array being walked follows; false at the array's end.
    package mutating func nextElement() throws(Failure) -> Bool {
        try advance(closing: UInt8(ascii: "]"), "`,` or `]`")
    }

    /// Makes sure that nothing but white space is left.
    package mutating func end() throws(Failure) {
        skipSpace()
        guard position == limit else { throw unexpected("the end") }
    }

    private mutating func enter(_ bracket: UInt8, _ expected: String) throws(Failure) {
        skipSpace()
        guard depth < maximumDepth else { throw failure("nesting is deeper than \(maximumDepth)") }
        guard position < limit else { throw cutOff() }
        guard position.pointee == bracket else { throw unexpected(expected) }
        position += 1
        depth += 1
        isFirst = true
    }

    @inline(__always)
    private mutating func advance(closing: UInt8, _ expected: StaticString) throws(Failure) -> Bool {
        skipSpace()
        guard position < limit else { throw cutOff() }
        let byte = position.pointee
        if byte == closing {
            position += 1
            depth -= 1
            isFirst = false
            return false
        }
        if isFirst {
            isFirst = false
            return true
        }
        guard byte == UInt8(ascii: ",") else { throw unexpected(expected.description) }
        position += 1
        skipSpace()
        guard position < limit else { throw cutOff() }
        guard position.pointee != closing else { throw unexpected("a value after `,`") }
        return true
    }

    @inline(__always)
    private mutating func pass(_ byte: UInt8, _ expected: StaticString) throws(Failure) {
        guard position < limit else { throw cutOff() }
        guard position.pointee == byte else { throw unexpected(expected.description) }
        position += 1
    }

    @inline(__always)
    private mutating func skipSpace() {
        while position < limit {
            let byte = position.pointee
            if byte > 0x20 { return }
            guard byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 else { return }
            position += 1
        }
    }
}

// MARK: - Values

extension JSONScanner {
    /// Passes a string, and gives the bytes between its quotes.
    package mutating func text() throws(Failure) -> JSONText {
        skipSpace()
        try pass(UInt8(ascii: "\""), "a string")
        let first = position
        var hasEscapes = false
        while true {
            position = JSONScanner.stringStop(position, limit)
            guard position < limit else { throw cutOff() }
            switch position.pointee {
            case UInt8(ascii: "\""):
                let bytes = UnsafeRawBufferPointer(start: first, count: position - first)
                position += 1
                isFirst = false
                return JSONText(bytes: bytes, hasEscapes: hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                guard limit - position >= 2 else {
                    position = limit
                    throw cutOff()
                }
                position += 2
            default:
                throw failure("a control character in a string has to be escaped")
            }
        }
    }

    /// Passes a string, and gives its text.
    package mutating func string() throws(Failure) -> String {
        let text = try text()
        if let string = text.string { return string }
        throw failure("a string is not valid UTF-8 or has a wrong escape")
    }

    /// Passes a string or `null`, and gives the text if there is one.
    package mutating func stringOrNull() throws(Failure) -> String? {
        if try peek() == .null {
            try skip()
            return nil
        }
        return try string()
    }

    /// Passes a number, and gives its text.
    package mutating func number() throws(Failure) -> UnsafeRawBufferPointer {
        skipSpace()
        let first = position
        if position < limit, position.pointee == UInt8(ascii: "-") { position += 1 }
        guard position < limit else { throw cutOff() }
        if position.pointee == UInt8(ascii: "0") {
            position += 1
        } else {
            try digits()
        }
        if position < limit, position.pointee == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        if position < limit, position.pointee | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < limit, position.pointee == UInt8(ascii: "+") || position.pointee == UInt8(ascii: "-") {
                position += 1
            }
            try digits()
        }
        // More digits might follow in the next piece of the document.
        if position == limit { ranOut = true }
        isFirst = false
        return UnsafeRawBufferPointer(start: first, count: position - first)
    }

    /// Passes `true` or `false`.
    package mutating func bool() throws(Failure) -> Bool {
        if try peek() == .bool, position.pointee == UInt8(ascii: "t") {
            try word("true")
            return true
        }
        try word("false")
        return false
    }

    /// Passes any value, and gives its text.
    @discardableResult
    package mutating func skip() throws(Failure) -> UnsafeRawBufferPointer {
        let kind = try peek()
        let first = position
        switch kind {
        case .null: try word("null")
        case .bool: _ = try bool()
        case .number: _ = try number()
        case .string: _ = try text()
        case .array:
            try beginArray()
            while try nextElement() { try skip() }
        case .object:
            try beginObject()
            while try nextKey() != nil { try skip() }
        }
        return UnsafeRawBufferPointer(start: first, count: position - first)
    }

    /// Passes any value, and gives it.
    ///
    /// - Throws: `Failure(.parse)` also when this scanner has built more values than the limit allows.
    package mutating func value() throws(Failure) -> JSON {
        let kind = try peek()
        guard valuesLeft > 0 else { throw failure("there are too many values") }
        valuesLeft -= 1
        switch kind {
        case .null:
            try word("null")
            return .null
        case .bool: return .bool(try bool())
        case .number: return Self.number(try number())
        case .string: return .string(try string())
        case .array:
            try beginArray()
            var elements: [JSON] = []
            while try nextElement() { elements.append(try value()) }
            return .array(elements)
        case .object:
            try beginObject()
            var members: [JSONMember] = []
            while let key = try nextKey() {
                guard let key = key.string else {
                    throw failure("a key is not valid UTF-8 or has a wrong escape")
                }
                members.append(JSONMember(key, try value()))
            }
            return .object(members)
        }
    }

    private static func number(_ bytes: UnsafeRawBufferPointer) -> JSON {
        let text = String(decoding: bytes, as: UTF8.self)
        if let value = Int64(text), value != 0 || bytes.count == 1 { return .integer(value) }
        return .number(text)
    }

    private mutating func digits() throws(Failure) {
        let first = position
        while position < limit, position.pointee &- UInt8(ascii: "0") < 10 { position += 1 }
        guard position > first else { throw position < limit ? unexpected("a digit") : cutOff() }
    }

    private mutating func word(_ word: StaticString) throws(Failure) {
        for index in 0..<word.utf8CodeUnitCount {
            guard position + index < limit else { throw cutOff() }
            guard position[index] == word.utf8Start[index] else { throw unexpected("`\(word)`") }
        }
        position += word.utf8CodeUnitCount
        isFirst = false
    }
}

// MARK: - Failures

extension JSONScanner {
    @inline(never)
    private mutating func cutOff() -> Failure {
        ranOut = true
        return failure("the text ends in the middle of a value")
    }

    @inline(never)
    private func unexpected(_ expected: String) -> Failure {
        guard position < limit else { return failure("expected \(expected), found the end") }
        let byte = position.pointee
        let shown =
            byte > 0x20 && byte < 0x7f
            ? "`\(Character(Unicode.Scalar(byte)))`" : "byte 0x\(String(byte, radix: 16))"
        return failure("expected \(expected), found \(shown)")
    }

    /// A failure at the present place, with line and column.
    @inline(never)
    package func failure(_ reason: String) -> Failure {
        var line = 1
        var column = 1
        var byte = start
        while byte < position, byte < limit {
            if byte.pointee == 0x0a {
                line += 1
                column = 1
            } else if byte.pointee & 0xc0 != 0x80 {
                column += 1
            }
            byte += 1
        }
        return Failure(.parse, "\(subject):\(line):\(column)", reason)
    }
}
