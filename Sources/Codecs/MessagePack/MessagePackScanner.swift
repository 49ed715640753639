// SPDX-License-Identifier: BSD-3-Clause

package import Failures

/// Reads MessagePack where it lies, one piece at a time. The bytes must outlive the scanner and what it gives.
package struct MessagePackScanner {
    private let bytes: UnsafeRawBufferPointer
    private let subject: String
    private let maximumDepth: Int
    private var depth = 0
    /// How many values may still be built in arrays and maps: each takes far more memory than its one byte.
    private var valuesLeft = ParsingLimits().values
    /// How many bytes have been passed.
    package private(set) var offset = 0

    /// What kind of value comes next.
    package enum Kind: Sendable { case null, bool, integer, float, string, binary, array, map, extended }

    package init(_ bytes: UnsafeRawBufferPointer, subject: String, maximumDepth: Int = 128) {
        self.bytes = bytes
        self.subject = subject
        self.maximumDepth = maximumDepth
    }

    /// The kind of the next value, without passing it.
    package func peek() throws(Failure) -> Kind {
        guard offset < bytes.count else { throw failure("the data is truncated") }
        switch bytes[offset] {
        case 0x00...0x7f, 0xe0...0xff, 0xcc...0xd3: return .integer
        case 0x80...0x8f, 0xde, 0xdf: return .map
        case 0x90...0x9f, 0xdc, 0xdd: return .array
        case 0xa0...0xbf, 0xd9...0xdb: return .string
        case 0xc0: return .null
        case 0xc2, 0xc3: return .bool
        case 0xc4...0xc6: return .binary
        case 0xca, 0xcb: return .float
        case 0xc7...0xc9, 0xd4...0xd8: return .extended
        default: throw failure("byte 0x\(String(bytes[offset], radix: 16)) begins no value")
        }
    }

    /// Passes the head of a map, and gives its number of pairs; keys and values follow in turn.
    package mutating func map() throws(Failure) -> Int {
        guard try peek() == .map else { throw failure("expected a map") }
        let head = bytes[offset]
        offset += 1
        let count = head < 0x90 ? Int(head & 15) : try length(head == 0xde ? 2 : 4)
        // Each pair takes two bytes at least: a count beyond that is a lie nobody should reserve memory for.
        guard count <= (bytes.count - offset) / 2 else { throw failure("the data is truncated") }
        return count
    }

    /// Passes the head of an array, and gives its number of elements.
    package mutating func array() throws(Failure) -> Int {
        guard try peek() == .array else { throw failure("expected an array") }
        let head = bytes[offset]
        offset += 1
        let count = head < 0xa0 ? Int(head & 15) : try length(head == 0xdc ? 2 : 4)
        guard count <= bytes.count - offset else { throw failure("the data is truncated") }
        return count
    }

    /// Passes a string, and gives its bytes, which need not be valid UTF-8.
    package mutating func text() throws(Failure) -> UnsafeRawBufferPointer {
        guard try peek() == .string else { throw failure("expected a string") }
        let head = bytes[offset]
        offset += 1
        return try take(head < 0xc0 ? Int(head & 31) : length(1 << Int(head - 0xd9)))
    }

    /// Passes a string, and gives its text.
    package mutating func string() throws(Failure) -> String {
        let text = try text()
        if let string = String(validating: text, as: UTF8.self) { return string }
        throw failure("a string is not valid UTF-8")
    }

    /// Passes binary data, and gives it.
    package mutating func binary() throws(Failure) -> UnsafeRawBufferPointer {
        guard try peek() == .binary else { throw failure("expected binary data") }
        let head = bytes[offset]
        offset += 1
        return try take(length(1 << Int(head - 0xc4)))
    }

    /// Passes a truth value.
    package mutating func bool() throws(Failure) -> Bool {
        guard try peek() == .bool else { throw failure("expected true or false") }
        offset += 1
        return bytes[offset - 1] == 0xc3
    }

    /// Passes a number that is 0 or more and has no fraction.
    package mutating func unsigned() throws(Failure) -> UInt64 {
        let begin = offset
        switch try value(depthLeft: 0) {
        case .integer(let value) where value >= 0: return UInt64(value)
        case .unsigned(let value): return value
        case .float(let value):
            if let exact = UInt64(exactly: value) { return exact }
        default: break
        }
        offset = begin
        throw failure("expected a number that is not negative")
    }

    /// Passes any value, and gives its bytes.
    @discardableResult
    package mutating func skip() throws(Failure) -> UnsafeRawBufferPointer {
        let begin = offset
        var left = 1
        // A count of open values instead of recursion: depth costs nothing here.
        while left > 0 {
            left -= 1
            switch try peek() {
            case .map: left += try map() * 2
            case .array: left += try array()
            case .string: _ = try text()
            case .binary: _ = try binary()
            case .null, .bool: offset += 1
            case .integer, .float, .extended: _ = try value(depthLeft: 0)
            }
        }
        return UnsafeRawBufferPointer(rebasing: bytes[begin..<offset])
    }

    /// Passes any value, and gives it.
    package mutating func value() throws(Failure) -> MessagePackValue {
        try value(depthLeft: maximumDepth)
    }

    /// Makes sure that nothing is left.
    package func end() throws(Failure) {
        guard offset == bytes.count else { throw failure("\(bytes.count - offset) bytes too many") }
    }

    /// A failure at the present place, with its offset.
    package func failure(_ reason: String) -> Failure {
        Failure(.parse, "\(subject), byte \(offset)", reason)
    }
}

extension MessagePackScanner {
    private mutating func value(depthLeft: Int) throws(Failure) -> MessagePackValue {
        switch try peek() {
        case .null:
            offset += 1
            return .null
        case .bool: return .bool(try bool())
        case .integer: return try integer()
        case .float:
            let isDouble = bytes[offset] == 0xcb
            offset += 1
            if isDouble { return .float(Double(bitPattern: try number(8))) }
            return .float(Double(Float(bitPattern: UInt32(try number(4)))))
        case .string: return .string(try string())
        case .binary: return .binary(Array(try binary()))
        case .array:
            guard depthLeft > 0 else { throw failure("nesting is deeper than \(maximumDepth)") }
            var elements: [MessagePackValue] = []
            for _ in 0..<(try array()) { elements.append(try inner(depthLeft)) }
            return .array(elements)
        case .map:
            guard depthLeft > 0 else { throw failure("nesting is deeper than \(maximumDepth)") }
            var pairs: [MessagePackPair] = []
            for _ in 0..<(try map()) {
                let key = try inner(depthLeft)
                pairs.append(MessagePackPair(key, try inner(depthLeft)))
            }
            return .map(pairs)
        case .extended:
            let head = bytes[offset]
            offset += 1
            let count = head < 0xd4 ? try length(1 << Int(head - 0xc7)) : 1 << Int(head - 0xd4)
            let type = Int8(truncatingIfNeeded: Int64(try number(1)))
            return .extended(type, Array(try take(count)))
        }
    }

    /// A value in an array or a map.
    private mutating func inner(_ depthLeft: Int) throws(Failure) -> MessagePackValue {
        guard valuesLeft > 0 else { throw failure("there are too many values") }
        valuesLeft -= 1
        return try value(depthLeft: depthLeft - 1)
    }

    private mutating func integer() throws(Failure) -> MessagePackValue {
        let head = bytes[offset]
        offset += 1
        switch head {
        case 0x00...0x7f: return .integer(Int64(head))
        case 0xe0...0xff: return .integer(Int64(Int8(bitPattern: head)))
        case 0xcc...0xcf:
            let value = try number(1 << Int(head - 0xcc))
            return Int64(exactly: value).map { .integer($0) } ?? .unsigned(value)
        default:
            let width = 1 << Int(head - 0xd0)
            let unused = UInt64(64 - width * 8)
            // Shifting up and down again spreads the sign over the unused bits.
            return .integer(Int64(bitPattern: try number(width) << unused) >> Int64(unused))
        }
    }

    private mutating func take(_ count: Int) throws(Failure) -> UnsafeRawBufferPointer {
        guard count <= bytes.count - offset else { throw failure("the data is truncated") }
        offset += count
        return UnsafeRawBufferPointer(rebasing: bytes[offset - count..<offset])
    }

    private mutating func length(_ width: Int) throws(Failure) -> Int { Int(try number(width)) }

    private mutating func number(_ width: Int) throws(Failure) -> UInt64 {
        var value: UInt64 = 0
        for byte in try take(width) { value = value << 8 | UInt64(byte) }
        return value
    }
}
