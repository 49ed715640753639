// SPDX-License-Identifier: BSD-3-Clause

/// The CRC-32 of a ZIP member as its bytes pass; needed only for archives that nobody promised a digest of.
final class RunningChecksum {
    private var state = UInt32.max

    /// Of everything added.
    var value: UInt32 { ~state }

    func add(_ bytes: UnsafeRawBufferPointer) {
        var state = state
        for byte in bytes { state = Self.table[Int(UInt8(truncatingIfNeeded: state) ^ byte)] ^ state >> 8 }
        self.state = state
    }

    /// What each byte does to the sum (polynomial 0x04C11DB7, reflected).
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xedb8_8320 : value >> 1 }
    }
}
