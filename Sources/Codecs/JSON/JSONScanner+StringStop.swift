// SPDX-License-Identifier: BSD-3-Clause

extension JSONScanner {
    /// The first byte from `position` on that ends or changes a string: `"`, `\` or a control character; `limit` if none.
    @inline(__always)
    static func stringStop(_ position: UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>) -> UnsafePointer<UInt8> {
        var position = position
        // Eight bytes at a time: most strings of a repodata are shorter than a wider register pays for.
        while limit - position >= 8 {
            let word = UnsafeRawPointer(position).loadUnaligned(as: UInt64.self).littleEndian
            let found =
                zeroBytes(word ^ repeated(UInt8(ascii: "\""))) | zeroBytes(word ^ repeated(UInt8(ascii: "\\")))
                | (word &- repeated(0x20)) & ~word & repeated(0x80)
            if found != 0 { return position + found.trailingZeroBitCount / 8 }
            position += 8
        }
        while position < limit {
            let byte = position.pointee
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 { return position }
            position += 1
        }
        return limit
    }

    /// `byte` in each byte of a word.
    @inline(__always)
    private static func repeated(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }

    /// The high bit of each byte of `word` that is zero; above the lowest such byte others may be marked wrongly.
    @inline(__always)
    private static func zeroBytes(_ word: UInt64) -> UInt64 {
        (word &- repeated(1)) & ~word & repeated(0x80)
    }
}
