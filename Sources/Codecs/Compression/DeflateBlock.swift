// SPDX-License-Identifier: BSD-3-Clause

internal import CZlib
package import Failures

/// One block of a deflate stream, compressed by itself: whoever has the bytes before it can make it, so that several
/// threads work on one stream, and what comes out does not depend on how many they are.
package struct DeflateBlock: Sendable {
    /// The compressed bytes; those of all blocks one after the other are a stream.
    package var bytes: [UInt8]
    /// CRC-32 of what was compressed.
    package var checksum: UInt32

    /// How many bytes before a block are of use to it.
    package static let window = 32 << 10

    /// Compresses `input`, which follows on `before`.
    ///
    /// - Parameter isLast: ends the stream; other blocks end at a byte, so that the next one can follow.
    package init(
        _ input: [UInt8], after before: ArraySlice<UInt8>, isLast: Bool, level: Int32 = 6
    ) throws(Failure) {
        var stream = z_stream()
        guard krait_deflate_begin(&stream, level) == Z_OK else {
            throw Failure(.system, "deflate", "no memory to compress")
        }
        defer { deflateEnd(&stream) }
        if !before.isEmpty {
            _ = before.withUnsafeBufferPointer { deflateSetDictionary(&stream, $0.baseAddress, UInt32($0.count)) }
        }
        // The bound is that of one stream; ending at a byte takes a few more.
        let room = Int(deflateBound(&stream, UInt(input.count))) + 16
        var result = Z_OK
        bytes = input.withUnsafeBufferPointer { input in
            [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
                stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.avail_in = UInt32(input.count)
                stream.next_out = buffer.baseAddress
                stream.avail_out = UInt32(room)
                result = deflate(&stream, isLast ? Z_FINISH : Z_SYNC_FLUSH)
                count = room - Int(stream.avail_out)
            }
        }
        guard result == (isLast ? Z_STREAM_END : Z_OK), stream.avail_in == 0, stream.avail_out > 0 else {
            throw Failure(.system, "deflate", "zlib failed with \(result)")
        }
        checksum = input.withUnsafeBufferPointer { UInt32(crc32(0, $0.baseAddress, UInt32($0.count))) }
    }

    /// The CRC-32 of two pieces one after the other, the second of `count` bytes.
    package static func checksum(_ first: UInt32, followedBy second: UInt32, count: Int) -> UInt32 {
        UInt32(crc32_combine(UInt(first), UInt(second), count))
    }

    /// The head of a gzip member: no name and no time, so that equal bytes make equal members.
    package static let gzipHead: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]

    /// The end of a gzip member of `size` bytes.
    package static func gzipEnd(checksum: UInt32, size: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        for word in [checksum, UInt32(truncatingIfNeeded: size)] {
            withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes
    }
}
