// SPDX-License-Identifier: BSD-3-Clause

/// The lower-case hexadecimal text of `bytes`.
package func encodeHex(_ bytes: UnsafeRawBufferPointer) -> String {
    String(unsafeUninitializedCapacity: bytes.count * 2) { text in
        encodeHex(bytes, into: UnsafeMutableRawBufferPointer(text))
        return bytes.count * 2
    }
}

/// Writes the lower-case hexadecimal text of `bytes` to the front of `text`, which has room for twice as many.
package func encodeHex(_ bytes: UnsafeRawBufferPointer, into text: UnsafeMutableRawBufferPointer) {
    precondition(text.count >= bytes.count * 2, "hexadecimal text is twice as long")
    var index = 0
    // Four bytes at once: the records of an environment hold tens of thousands of digests.
    while bytes.count - index >= 4 {
        var x = UInt64(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt32.self)))
        x = (x | x << 16) & 0x0000_ffff_0000_ffff
        x = (x | x << 8) & 0x00ff_00ff_00ff_00ff
        x = (x >> 4 | x << 8) & 0x0f0f_0f0f_0f0f_0f0f
        let letters = (x &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        x = x &+ 0x3030_3030_3030_3030 &+ letters &* 0x27
        text.storeBytes(of: x.littleEndian, toByteOffset: index * 2, as: UInt64.self)
        index += 4
    }
    while index < bytes.count {
        text[index * 2] = hexDigit(bytes[index] >> 4)
        text[index * 2 + 1] = hexDigit(bytes[index] & 15)
        index += 1
    }
}

/// The lower-case digit of a value below 16.
package func hexDigit(_ value: UInt8) -> UInt8 {
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
