// SPDX-License-Identifier: BSD-3-Clause

/// The lower-case hexadecimal text of `bytes`.
package func encodeHex(_ bytes: UnsafeRawBufferPointer) -> String {
    String(unsafeUninitializedCapacity: bytes.count * 2) { text in
        for (index, byte) in bytes.enumerated() {
            text[index * 2] = hexDigit(byte >> 4)
            text[index * 2 + 1] = hexDigit(byte & 15)
        }
        return bytes.count * 2
    }
}

/// The lower-case digit of a value below 16.
func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
}

/// The value of a hexadecimal digit of either case, or a number above 15.
@inline(__always)
func hexValue(_ digit: UInt8) -> UInt8 {
    let decimal = digit &- UInt8(ascii: "0")
    if decimal < 10 { return decimal }
    let letter = (digit | 0x20) &- UInt8(ascii: "a")
    return letter < 6 ? letter + 10 : 0xff
}

/// Reads `text`, two digits a byte, into `bytes`; false when it holds anything else or the lengths differ.
package func decodeHex(_ text: UnsafeRawBufferPointer, into bytes: UnsafeMutableRawBufferPointer) -> Bool {
    guard text.count == bytes.count * 2 else { return false }
    var refused: UInt8 = 0
    for index in 0..<bytes.count {
        let high = hexValue(text[index * 2])
        let low = hexValue(text[index * 2 + 1])
        refused |= (high | low) & 0xf0
        bytes[index] = high << 4 | low & 15
    }
    return refused == 0
}
