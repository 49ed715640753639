// SPDX-License-Identifier: BSD-3-Clause

/// Walks over the bytes of a short text; the parsers of python's small languages stand on it.
struct ByteCursor {
    let bytes: [UInt8]
    var index = 0

    init(_ text: some StringProtocol) { bytes = Array(text.utf8) }

    var isAtEnd: Bool { index >= bytes.count }
    var next: UInt8? { index < bytes.count ? bytes[index] : nil }
    /// What is left.
    var rest: String { String(decoding: bytes[min(index, bytes.count)...], as: UTF8.self) }

    /// Goes past `text` if it stands here, letters of either case alike.
    mutating func take(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard index + count <= bytes.count else { return false }
        for offset in 0..<count where Self.lowered(bytes[index + offset]) != text.utf8Start[offset] { return false }
        index += count
        return true
    }

    /// Goes past a word in small letters, which no letter, digit or underscore may follow.
    mutating func takeWord(_ text: StaticString) -> Bool {
        let start = index
        let word = takeWhile { Self.isWord($0) || $0 == UInt8(ascii: "_") }
        if word.utf8.elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)) {
            return true
        }
        index = start
        return false
    }

    mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { index += 1 }
    }

    /// The bytes from here on that `belongs` admits.
    mutating func takeWhile(_ belongs: (UInt8) -> Bool) -> String {
        let start = index
        while let byte = next, belongs(byte) { index += 1 }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    /// A decimal number; nil when none stands here or 64 bits do not hold it.
    mutating func takeNumber() -> UInt64? { UInt64(takeWhile(Self.isDigit)) }

    static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    static func isWord(_ byte: UInt8) -> Bool { isDigit(byte) || (0x61...0x7A).contains(lowered(byte)) }
    static func lowered(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
}
