// SPDX-License-Identifier: BSD-3-Clause

import Codecs

/// JSON text put together byte by byte, for records of thousands of paths.
struct RecordText {
    var bytes: [UInt8] = []

    init(capacity: Int) {
        bytes.reserveCapacity(capacity)
    }

    /// Appends text that needs no escapes.
    mutating func raw(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func raw(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    /// Appends `text` between quotes.
    mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { string(UnsafeRawBufferPointer($0)) }
    }

    /// Appends UTF-8 bytes between quotes.
    mutating func string(_ text: UnsafeRawBufferPointer) {
        bytes.append(UInt8(ascii: "\""))
        escaped(text)
        bytes.append(UInt8(ascii: "\""))
    }

    /// Appends what stands between quotes.
    mutating func escaped(_ text: UnsafeRawBufferPointer) {
        if !Self.needsEscapes(text) {
            bytes.append(contentsOf: text)
            return
        }
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""): raw("\\\"")
            case UInt8(ascii: "\\"): raw("\\\\")
            case 0x0a: raw("\\n")
            case 0x0d: raw("\\r")
            case 0x09: raw("\\t")
            case 0..<0x20:
                raw("\\u00")
                bytes.append(Self.digits[Int(byte >> 4)])
                bytes.append(Self.digits[Int(byte & 15)])
            default: bytes.append(byte)
            }
        }
    }

    mutating func number(_ value: UInt64) {
        if value < 10 {
            bytes.append(UInt8(ascii: "0") + UInt8(value))
            return
        }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var rest = value
            var start = 20
            while rest > 0 {
                start -= 1
                digits[start] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            }
            bytes.append(contentsOf: digits[start...])
        }
    }

    /// Appends the hexadecimal digits of `digest`.
    mutating func hexadecimal(_ digest: SHA256Digest) {
        withUnsafeTemporaryAllocation(byteCount: 2 * SHA256Digest.byteCount, alignment: 8) { digits in
            digest.withBytes { encodeHex($0, into: digits) }
            bytes.append(contentsOf: UnsafeRawBufferPointer(digits))
        }
    }

    private static let digits: [UInt8] = Array("0123456789abcdef".utf8)

    /// Whether a control character, a quote or a backslash is in `text`; eight bytes at once.
    private static func needsEscapes(_ text: UnsafeRawBufferPointer) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var index = 0
        while text.count - index >= 8 {
            let x = text.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            let quote = x ^ (ones &* 0x22)
            let backslash = x ^ (ones &* 0x5c)
            // The highest bit of a byte that is below 0x20, or zero.
            let found = (x &- ones &* 0x20) & ~x | (quote &- ones) & ~quote | (backslash &- ones) & ~backslash
            if found & (ones << 7) != 0 { return true }
            index += 8
        }
        return text[index...].contains { $0 < 0x20 || $0 == 0x22 || $0 == 0x5c }
    }
}
