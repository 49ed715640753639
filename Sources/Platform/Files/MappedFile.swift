// SPDX-License-Identifier: BSD-3-Clause
package import Failures
import Glibc

/// A file mapped into memory for reading.
///
/// `@unchecked Sendable`: the mapping is read-only and lives as long as the object.
package final class MappedFile: @unchecked Sendable {
    /// The file's bytes; valid while this object lives.
    package let bytes: UnsafeRawBufferPointer

    /// Maps all of `path`. The file must not be shortened while mapped: replace by rename, never write in place.
    package convenience init(
        _ path: String, at directory: DirectoryReference = .currentDirectory
    ) throws(Failure) {
        let descriptor = try Descriptor.openRegular(path, at: directory)
        try self.init(descriptor, subject: path)
    }

    /// Maps all of an open file, which may be closed afterwards.
    package init(_ descriptor: borrowing Descriptor, subject: String) throws(Failure) {
        let size: Int
        do throws(Errno) {
            let status = try SystemCall.status(of: descriptor)
            guard status.kind == .regular else { throw status.kind == .directory ? .isDirectory : .invalid }
            size = Int(status.size)
        } catch {
            throw Failure(error, subject, "map")
        }
        if size == 0 {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        guard let base = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor.rawValue, 0), base != MAP_FAILED else {
            throw Failure(.current, subject, "map")
        }
        bytes = UnsafeRawBufferPointer(start: base, count: size)
    }

    deinit {
        if let base = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: base), bytes.count) }
    }

    package var count: Int { bytes.count }

    /// Calls `body` with the file's bytes and keeps the mapping until it returns; with ``bytes`` that is the caller's
    /// duty (a temporary object may be gone before its bytes are looked at).
    package func withBytes<Result, Thrown: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Thrown) -> Result
    ) throws(Thrown) -> Result {
        defer { withExtendedLifetime(self) {} }
        return try body(bytes)
    }

    /// Tells the kernel that access will jump about (true) or run forward (false).
    package func advise(random: Bool) {
        guard let base = bytes.baseAddress else { return }
        madvise(UnsafeMutableRawPointer(mutating: base), bytes.count, random ? MADV_RANDOM : MADV_SEQUENTIAL)
    }
}
