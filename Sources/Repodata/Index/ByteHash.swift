// SPDX-License-Identifier: BSD-3-Clause

/// Fast hashes of bytes: for tables in memory, and as a guard against damage on disk. No defence against intent.
enum ByteHash {
    private static let first: UInt64 = 0x9e37_79b9_7f4a_7c15
    private static let second: UInt64 = 0xd6e8_feb8_6659_fd93

    /// Both halves of a full product folded together.
    @inline(__always)
    private static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }

    @inline(__always)
    private static func word(_ pointer: UnsafeRawPointer) -> UInt64 {
        pointer.loadUnaligned(as: UInt64.self).littleEndian
    }

    /// A hash of few bytes.
    @inline(__always)
    static func short(_ start: UnsafeRawPointer, _ count: Int) -> UInt64 {
        var hash = first ^ UInt64(truncatingIfNeeded: count) &* second
        var pointer = start
        var left = count
        while left >= 16 {
            hash = mix(word(pointer) ^ first, word(pointer + 8) ^ hash)
            pointer += 16
            left -= 16
        }
        if left >= 8 {
            // The last eight bytes overlap the first: cheaper than taking the rest byte by byte.
            hash = mix(word(pointer) ^ first, word(pointer + (left - 8)) ^ hash)
        } else if left > 0 {
            var rest: UInt64 = 0
            for index in 0..<left { rest = rest << 8 | UInt64(pointer.load(fromByteOffset: index, as: UInt8.self)) }
            hash = mix(rest ^ first, hash ^ second)
        }
        return hash
    }

    /// A checksum of many bytes, in four lanes that the processor runs side by side.
    static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        guard let start = bytes.baseAddress else { return second }
        var lanes = (first, second, first &* 3, second &* 5)
        var offset = 0
        while offset + 64 <= bytes.count {
            let pointer = start + offset
            lanes.0 = mix(word(pointer) ^ second, word(pointer + 8) ^ lanes.0)
            lanes.1 = mix(word(pointer + 16) ^ second, word(pointer + 24) ^ lanes.1)
            lanes.2 = mix(word(pointer + 32) ^ second, word(pointer + 40) ^ lanes.2)
            lanes.3 = mix(word(pointer + 48) ^ second, word(pointer + 56) ^ lanes.3)
            offset += 64
        }
        let rest = short(start + offset, bytes.count - offset)
        let folded = mix(lanes.0 ^ rest, lanes.1 ^ first) ^ mix(lanes.2 ^ second, lanes.3 ^ rest)
        return mix(folded ^ UInt64(bytes.count), first)
    }
}
