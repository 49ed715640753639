// SPDX-License-Identifier: BSD-3-Clause
import CShims
import Glibc

extension SystemCall {
    /// Reads once; 0 is the end.
    package static func read(
        _ descriptor: borrowing Descriptor, into buffer: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int {
        let rawValue = descriptor.rawValue
        return try check { Glibc.read(rawValue, buffer.baseAddress, buffer.count) }
    }

    /// Reads once at `offset`; 0 is the end.
    package static func read(
        _ descriptor: borrowing Descriptor, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int {
        let rawValue = descriptor.rawValue
        return try check { Glibc.pread(rawValue, buffer.baseAddress, buffer.count, Int(offset)) }
    }

    /// Goes to `offset`, from where the next read goes on.
    package static func seek(_ descriptor: borrowing Descriptor, to offset: UInt64) throws(Errno) {
        let rawValue = descriptor.rawValue
        guard let place = off_t(exactly: offset) else { throw .invalid }
        _ = try check { Int(lseek(rawValue, place, SEEK_SET)) }
    }

    /// Writes all of `bytes`.
    package static func writeAll(_ descriptor: borrowing Descriptor, _ bytes: UnsafeRawBufferPointer) throws(Errno) {
        try writeAll(rawDescriptor: descriptor.rawValue, bytes)
    }

    /// Writes all of `bytes` to a descriptor that somebody else owns (stdout, stderr).
    package static func writeAll(rawDescriptor: Int32, _ bytes: UnsafeRawBufferPointer) throws(Errno) {
        var rest = bytes
        while !rest.isEmpty {
            let piece = rest
            let count = try check { Glibc.write(rawDescriptor, piece.baseAddress, piece.count) }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Writes all of `bytes` at `offset`.
    package static func writeAll(
        _ descriptor: borrowing Descriptor, at offset: UInt64, _ bytes: UnsafeRawBufferPointer
    ) throws(Errno) {
        let rawValue = descriptor.rawValue
        var rest = bytes
        var place = Int(offset)
        while !rest.isEmpty {
            let piece = rest
            let count = try check { Glibc.pwrite(rawValue, piece.baseAddress, piece.count, place) }
            place += count
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Copies up to `count` bytes between files inside the kernel; 0 is the end of `source`.
    package static func copyRange(
        from source: borrowing Descriptor, to destination: borrowing Descriptor, count: Int
    ) throws(Errno) -> Int {
        let from = source.rawValue
        let to = destination.rawValue
        return try check { krait_copy_file_range(from, nil, to, nil, count) }
    }

    /// Makes `destination` share the blocks of `source`, where the file system can.
    package static func cloneFile(
        from source: borrowing Descriptor, to destination: borrowing Descriptor
    ) throws(Errno) {
        let from = source.rawValue
        let to = destination.rawValue
        _ = try check { Int(krait_ficlone(to, from)) }
    }

    /// Waits until the file's bytes (and, with `metadata`, its length and times) are on stable storage.
    package static func synchronize(_ descriptor: borrowing Descriptor, metadata: Bool = true) throws(Errno) {
        let rawValue = descriptor.rawValue
        _ = try check { Int(metadata ? fsync(rawValue) : fdatasync(rawValue)) }
    }

    /// Waits until everything written to the file system of `descriptor` is on stable storage.
    package static func synchronizeFileSystem(_ descriptor: borrowing Descriptor) throws(Errno) {
        let rawValue = descriptor.rawValue
        _ = try check { Int(krait_syncfs(rawValue)) }
    }
}
