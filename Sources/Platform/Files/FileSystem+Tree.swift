// SPDX-License-Identifier: BSD-3-Clause
package import Failures
import Glibc

extension FileSystem {
    /// Removes `path` and everything under it, never following a link; what is absent is fine.
    package static func removeTree(
        _ path: String, at directory: DirectoryReference = .currentDirectory
    ) throws(Failure) {
        do throws(Errno) {
            try SystemCall.removeTree(path, at: directory)
        } catch {
            throw Failure(error, path, "remove")
        }
    }
}

extension SystemCall {
    /// Removes the NUL-terminated `path` and everything under it, never following a link.
    package static func removeTree(
        _ path: UnsafePointer<CChar>, at directory: DirectoryReference
    ) throws(Errno) {
        do throws(Errno) {
            try unlink(path, at: directory)
            return
        } catch {
            if error == .noEntry { return }
            guard error == .isDirectory || error == .notPermitted || error == .access else { throw error }
        }
        do throws(Errno) {
            try removeDirectory(path, at: directory)
            return
        } catch {
            // A mount point, and what is mounted there is not what is to be removed.
            if error == .busy { throw error }
        }
        let opened: Descriptor
        do throws(Errno) {
            opened = try open(path, [.directory, .noFollow], at: directory)
        } catch {
            if error == .noEntry { return }
            // A directory without read permission that is ours can be made readable.
            guard error == .access else { throw error }
            try setMode(path, 0o700, at: directory, followLinks: false)
            opened = try open(path, [.directory, .noFollow], at: directory)
        }
        try removeContents(of: opened)
        do throws(Errno) {
            try removeDirectory(path, at: directory)
        } catch {
            if error != .noEntry { throw error }
        }
    }

    /// Removes everything in an open directory, following no link.
    ///
    /// - Parameter last: a name that goes after all others, or a path whose end goes after all else.
    package static func removeContents(of directory: borrowing Descriptor, last: String? = nil) throws(Errno) {
        let reference = directory.reference
        let parts = last?.split(separator: "/", maxSplits: 1).map { String($0) } ?? []
        // Names are collected first: removing while listing skips entries on some file systems.
        var names: [CChar] = []
        var starts: [(start: Int, kind: FileKind)] = []
        var hasLast = false
        try FileSystem.forEachEntry(of: directory) { name, kind in
            if let last = parts.first, strcmp(name, last) == 0 {
                hasLast = true
                return
            }
            starts.append((names.count, kind))
            names.append(contentsOf: UnsafeBufferPointer(start: name, count: strlen(name) + 1))
        }
        var madeWritable = false
        for (start, kind) in starts {
            try names.withBuffer { (buffer) throws(Errno) in
                guard let base = buffer.baseAddress else { return }
                let name = base + start
                do throws(Errno) {
                    if kind == .directory {
                        try removeTree(name, at: reference)
                    } else {
                        try removeEntry(name, kind, at: reference)
                    }
                } catch {
                    guard error == .access, !madeWritable else { throw error }
                    madeWritable = true
                    try setMode(of: directory, 0o700)
                    try removeTree(name, at: reference)
                }
            }
        }
        guard hasLast, let last = parts.first else { return }
        if parts.count > 1 {
            let opened = try open(last, [.directory, .noFollow], at: reference)
            try removeContents(of: opened, last: parts[1])
        }
        try removeTree(last, at: reference)
    }

    private static func removeEntry(
        _ name: UnsafePointer<CChar>, _ kind: FileKind, at directory: DirectoryReference
    ) throws(Errno) {
        do throws(Errno) {
            try unlink(name, at: directory)
        } catch {
            if error == .noEntry { return }
            guard kind == .unknown else { throw error }
            try removeTree(name, at: directory)
        }
    }
}
