// SPDX-License-Identifier: BSD-3-Clause
import CShims
import Glibc

/// The calls that change or read a tree, on NUL-terminated paths, each one system call; interrupted calls are repeated.
///
/// Code in a hurry uses these; ``FileSystem`` has the same with `String` paths and failures that name the path.
package enum SystemCall {
    @inline(__always)
    static func check(_ call: () -> Int) throws(Errno) -> Int {
        while true {
            let result = call()
            if result >= 0 { return result }
            if errno != EINTR { throw .current }
        }
    }

    /// Opens the NUL-terminated `path`, always close-on-exec.
    package static func open(
        _ path: UnsafePointer<CChar>, _ options: OpenOptions, mode: UInt32 = 0o664,
        at directory: DirectoryReference = .currentDirectory
    ) throws(Errno) -> Descriptor {
        while true {
            let descriptor = krait_openat(directory.rawValue, path, options.rawValue | O_CLOEXEC, mode)
            if descriptor >= 0 { return Descriptor(owning: descriptor) }
            if errno != EINTR { throw .current }
        }
    }

    package static func createDirectory(
        _ path: UnsafePointer<CChar>, mode: UInt32 = 0o775, at directory: DirectoryReference = .currentDirectory
    ) throws(Errno) {
        _ = try check { Int(mkdirat(directory.rawValue, path, mode)) }
    }

    package static func link(
        from: UnsafePointer<CChar>, at fromDirectory: DirectoryReference,
        to: UnsafePointer<CChar>, at toDirectory: DirectoryReference
    ) throws(Errno) {
        _ = try check { Int(linkat(fromDirectory.rawValue, from, toDirectory.rawValue, to, 0)) }
    }

    package static func symbolicLink(
        target: UnsafePointer<CChar>, path: UnsafePointer<CChar>,
        at directory: DirectoryReference = .currentDirectory
    ) throws(Errno) {
        _ = try check { Int(symlinkat(target, directory.rawValue, path)) }
    }

    package static func rename(
        from: UnsafePointer<CChar>, at fromDirectory: DirectoryReference,
        to: UnsafePointer<CChar>, at toDirectory: DirectoryReference
    ) throws(Errno) {
        _ = try check { Int(renameat(fromDirectory.rawValue, from, toDirectory.rawValue, to)) }
    }

    /// Renames and fails with `exists` when the new name is taken; `invalid` where the file system cannot.
    package static func renameWithoutReplacing(
        from: UnsafePointer<CChar>, at fromDirectory: DirectoryReference,
        to: UnsafePointer<CChar>, at toDirectory: DirectoryReference
    ) throws(Errno) {
        _ = try check { Int(krait_renameat2(fromDirectory.rawValue, from, toDirectory.rawValue, to, 1)) }
    }

    /// Swaps two names at one instant; `invalid` where the file system cannot.
    package static func exchange(
        _ one: UnsafePointer<CChar>, at oneDirectory: DirectoryReference,
        _ other: UnsafePointer<CChar>, at otherDirectory: DirectoryReference
    ) throws(Errno) {
        _ = try check { Int(krait_renameat2(oneDirectory.rawValue, one, otherDirectory.rawValue, other, 2)) }
    }

    package static func unlink(
        _ path: UnsafePointer<CChar>, at directory: DirectoryReference = .currentDirectory
    ) throws(Errno) {
        _ = try check { Int(unlinkat(directory.rawValue, path, 0)) }
    }

    package static func removeDirectory(
        _ path: UnsafePointer<CChar>, at directory: DirectoryReference = .currentDirectory
    ) throws(Errno) {
        _ = try check { Int(unlinkat(directory.rawValue, path, AT_REMOVEDIR)) }
    }

    package static func status(
        _ path: UnsafePointer<CChar>, followLinks: Bool, at directory: DirectoryReference = .currentDirectory
    ) throws(Errno) -> FileStatus {
        var raw = stat()
        _ = try check { Int(fstatat(directory.rawValue, path, &raw, followLinks ? 0 : AT_SYMLINK_NOFOLLOW)) }
        return FileStatus(raw)
    }

    package static func status(of descriptor: borrowing Descriptor) throws(Errno) -> FileStatus {
        let rawValue = descriptor.rawValue
        var raw = stat()
        _ = try check { Int(fstat(rawValue, &raw)) }
        return FileStatus(raw)
    }

    /// The target of a symbolic link.
    package static func readLink(
        _ path: UnsafePointer<CChar>, at directory: DirectoryReference = .currentDirectory
    ) throws(Errno) -> [UInt8] {
        var size = 256
        while true {
            var buffer = [UInt8](repeating: 0, count: size)
            let count = try buffer.withMutableBytes { (bytes) throws(Errno) in
                guard let base = bytes.assumingMemoryBound(to: CChar.self).baseAddress else { return 0 }
                return try check { readlinkat(directory.rawValue, path, base, size) }
            }
            if count < size {
                buffer.removeLast(size - count)
                return buffer
            }
            size *= 4
        }
    }

    /// Sets permission bits; of a link's target only with `followLinks`.
    package static func setMode(
        _ path: UnsafePointer<CChar>, _ mode: UInt32, at directory: DirectoryReference = .currentDirectory,
        followLinks: Bool = true
    ) throws(Errno) {
        _ = try check { Int(fchmodat(directory.rawValue, path, mode, followLinks ? 0 : AT_SYMLINK_NOFOLLOW)) }
    }

    package static func setMode(of descriptor: borrowing Descriptor, _ mode: UInt32) throws(Errno) {
        let rawValue = descriptor.rawValue
        _ = try check { Int(fchmod(rawValue, mode)) }
    }

    /// Sets the time of modification, leaving the time of access.
    package static func setModified(
        _ path: UnsafePointer<CChar>, _ time: FileTime, at directory: DirectoryReference = .currentDirectory
    ) throws(Errno) {
        var times = timePair(time)
        _ = try check {
            withUnsafePointer(to: &times) { pointer in
                pointer.withMemoryRebound(to: timespec.self, capacity: 2) {
                    Int(utimensat(directory.rawValue, path, $0, AT_SYMLINK_NOFOLLOW))
                }
            }
        }
    }

    package static func setModified(of descriptor: borrowing Descriptor, _ time: FileTime) throws(Errno) {
        let rawValue = descriptor.rawValue
        var times = timePair(time)
        _ = try check {
            withUnsafePointer(to: &times) { pointer in
                pointer.withMemoryRebound(to: timespec.self, capacity: 2) { Int(futimens(rawValue, $0)) }
            }
        }
    }

    private static func timePair(_ time: FileTime) -> (timespec, timespec) {
        let omit = 0x3fff_fffe  // UTIME_OMIT
        return (
            timespec(tv_sec: 0, tv_nsec: omit),
            timespec(tv_sec: Int(time.seconds), tv_nsec: Int(time.nanoseconds))
        )
    }

    /// Whether this process may do what `mode` (R_OK, W_OK, X_OK) says.
    package static func isAccessible(
        _ path: UnsafePointer<CChar>, _ access: FileAccess, at directory: DirectoryReference = .currentDirectory
    ) -> Bool {
        faccessat(directory.rawValue, path, access.rawValue, AT_EACCESS) == 0
    }
}

/// What a process wants to do with a file.
package struct FileAccess: OptionSet, Sendable {
    package let rawValue: Int32
    package init(rawValue: Int32) { self.rawValue = rawValue }

    package static let read = FileAccess(rawValue: R_OK)
    package static let write = FileAccess(rawValue: W_OK)
    package static let execute = FileAccess(rawValue: X_OK)
}
