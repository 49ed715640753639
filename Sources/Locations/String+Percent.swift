// SPDX-License-Identifier: BSD-3-Clause

extension String {
    /// `%41` as `A`; what is not a good escape stays.
    package var percentDecoded: String {
        guard utf8.contains(UInt8(ascii: "%")) else { return self }
        let bytes = Array(utf8)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let high = Self.nibble(bytes[index + 1]), let low = Self.nibble(bytes[index + 2])
            {
                result.append(high << 4 | low)
                index += 3
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The text as the path of a URL: everything but letters, digits and the signs a path may have is escaped.
    package var percentEncodedPath: String { percentEncoded(allowing: "-._~!$&'()*+,;=:@/") }

    /// A typed URL with what may not be in one escaped; escapes that are there stay.
    package var escapingURLText: String { percentEncoded(allowing: "-._~!$&'()*+,;=:@/?#%[]") }

    /// The text with everything escaped but letters, digits and the given signs.
    package func percentEncoded(allowing signs: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for byte in utf8 {
            if (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 || signs.utf8.contains(byte) {
                result.append(byte)
            } else {
                result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func nibble(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
