// SPDX-License-Identifier: BSD-3-Clause

/// A JSON string where it lies in the document: the bytes between its quotes, escapes and all.
package struct JSONText {
    /// The bytes between the quotes, valid as long as the document's.
    package let bytes: UnsafeRawBufferPointer
    /// True when the bytes are not the text itself, for they have `\` escapes.
    package let hasEscapes: Bool

    /// The string whose bytes between the quotes are `bytes`.
    package init(bytes: UnsafeRawBufferPointer, hasEscapes: Bool) {
        self.bytes = bytes
        self.hasEscapes = hasEscapes
    }

    /// The text; nil when it is not valid UTF-8, or an escape is wrong or half of a surrogate pair.
    package var string: String? {
        guard hasEscapes else { return String(validating: bytes, as: UTF8.self) }
        var plain: [UInt8] = []
        guard appendUnescaped(to: &plain) else { return nil }
        return String(validating: plain, as: UTF8.self)
    }

    /// True when the text is `other`, which must be ASCII; an escaped spelling of it is not seen.
    @inline(__always)
    package static func == (text: JSONText, other: StaticString) -> Bool {
        guard text.bytes.count == other.utf8CodeUnitCount else { return false }
        var difference: UInt8 = 0
        for index in 0..<text.bytes.count { difference |= text.bytes[index] ^ other.utf8Start[index] }
        return difference == 0
    }

    /// Appends the text without escapes to `plain`; false when an escape is wrong.
    package func appendUnescaped(to plain: inout [UInt8]) -> Bool {
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            guard byte == UInt8(ascii: "\\") else {
                plain.append(byte)
                continue
            }
            guard index < bytes.count else { return false }
            let escape = bytes[index]
            index += 1
            switch escape {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): plain.append(escape)
            case UInt8(ascii: "b"): plain.append(0x08)
            case UInt8(ascii: "f"): plain.append(0x0c)
            case UInt8(ascii: "n"): plain.append(0x0a)
            case UInt8(ascii: "r"): plain.append(0x0d)
            case UInt8(ascii: "t"): plain.append(0x09)
            case UInt8(ascii: "u"):
                guard let scalar = scalar(at: &index) else { return false }
                plain.append(contentsOf: String(scalar).utf8)
            default: return false
            }
        }
        return true
    }

    /// The scalar of the digits at `index`, and of the second half of a surrogate pair after them.
    private func scalar(at index: inout Int) -> Unicode.Scalar? {
        guard let unit = unit(at: &index) else { return nil }
        guard unit & 0xfc00 == 0xd800 else { return Unicode.Scalar(unit) }
        guard index + 2 <= bytes.count, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u") else {
            return nil
        }
        index += 2
        guard let second = self.unit(at: &index), second & 0xfc00 == 0xdc00 else { return nil }
        return Unicode.Scalar(0x10000 + ((unit & 0x3ff) << 10) + (second & 0x3ff))
    }

    private func unit(at index: inout Int) -> UInt32? {
        guard index + 4 <= bytes.count else { return nil }
        var unit: UInt32 = 0
        for _ in 0..<4 {
            let value = hexValue(bytes[index])
            guard value < 16 else { return nil }
            unit = unit << 4 | UInt32(value)
            index += 1
        }
        return unit
    }
}
