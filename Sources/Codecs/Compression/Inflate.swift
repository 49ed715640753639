// SPDX-License-Identifier: BSD-3-Clause

internal import CZlib
package import Failures

/// The `size` bytes that `deflated` stands for, a raw stream of deflate (RFC 1951) as members of a ZIP have it.
///
/// - Throws: `Failure(.integrity)` for a damaged stream, and for one of another length.
package func inflate(
    _ deflated: UnsafeRawBufferPointer, size: Int, subject: String
) throws(Failure) -> [UInt8] {
    var stream = z_stream()
    // A negative window says that no header stands before it.
    guard inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
        throw Failure(.system, subject, "no memory to decompress")
    }
    defer { inflateEnd(&stream) }
    guard let offered = UInt32(exactly: deflated.count), let room = UInt32(exactly: size) else {
        throw Failure(.integrity, subject, "deflate: the data is too long")
    }
    stream.next_in = UnsafeMutablePointer(mutating: deflated.baseAddress?.assumingMemoryBound(to: UInt8.self))
    stream.avail_in = offered
    var result = Z_DATA_ERROR
    let bytes = [UInt8](unsafeUninitializedCapacity: max(size, 1)) { buffer, count in
        stream.next_out = buffer.baseAddress
        stream.avail_out = room
        result = CZlib.inflate(&stream, Z_FINISH)
        count = size - Int(stream.avail_out)
    }
    guard result == Z_STREAM_END, bytes.count == size else {
        throw Failure(.integrity, subject, "deflate: the data is damaged")
    }
    return bytes
}
