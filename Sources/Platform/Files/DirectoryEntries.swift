// SPDX-License-Identifier: BSD-3-Clause
import CShims
package import Failures
import Glibc

/// A name in a directory.
package struct DirectoryEntry: Sendable, Equatable {
    package let name: String
    /// `unknown` on file systems that do not tell; then look.
    package let kind: FileKind
}

extension FileSystem {
    /// The names in the directory `path`, without `.` and `..`, in no order.
    package static func entries(
        _ path: String, at directory: DirectoryReference = .currentDirectory
    ) throws(Failure) -> [DirectoryEntry] {
        let opened = try Descriptor.openDirectory(path, at: directory)
        var found: [DirectoryEntry] = []
        do throws(Errno) {
            try forEachEntry(of: opened) { name, kind in
                found.append(DirectoryEntry(name: String(cString: name), kind: kind))
            }
        } catch {
            throw Failure(error, path, "list")
        }
        return found
    }

    /// Calls `body` with each NUL-terminated name, valid only during the call.
    package static func forEachEntry(
        of directory: borrowing Descriptor, _ body: (UnsafePointer<CChar>, FileKind) -> Void
    ) throws(Errno) {
        try forEachNumberedEntry(of: directory) { name, kind, _ in body(name, kind) }
    }

    /// The same with the number of the file (inode) that the directory tells; on layered file systems not to be relied on.
    package static func forEachNumberedEntry(
        of directory: borrowing Descriptor, _ body: (UnsafePointer<CChar>, FileKind, UInt64) -> Void
    ) throws(Errno) {
        let size = 32 * 1024
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 8)
        defer { buffer.deallocate() }
        guard let base = buffer.baseAddress else { return }
        let rawValue = directory.rawValue
        while true {
            let count = try SystemCall.check { krait_getdents64(rawValue, base, size) }
            if count == 0 { return }
            var offset = 0
            while offset < count {
                // struct linux_dirent64: u64 inode, i64 offset, u16 record length, u8 type, name
                let entry = base + offset
                let length = Int(entry.loadUnaligned(fromByteOffset: 16, as: UInt16.self))
                let kind = FileKind(entryType: entry.load(fromByteOffset: 18, as: UInt8.self))
                let name = (entry + 19).assumingMemoryBound(to: CChar.self)
                let inode = entry.loadUnaligned(as: UInt64.self)
                if !isDots(name) { body(name, kind, inode) }
                offset += length
            }
        }
    }

    private static func isDots(_ name: UnsafePointer<CChar>) -> Bool {
        let dot = CChar(bitPattern: UInt8(ascii: "."))
        if name[0] != dot { return false }
        return name[1] == 0 || (name[1] == dot && name[2] == 0)
    }
}

extension SystemCall {
    /// Lets an open directory that was listed be listed again.
    package static func rewind(_ directory: borrowing Descriptor) {
        _ = lseek(directory.rawValue, 0, SEEK_SET)
    }
}
