// SPDX-License-Identifier: BSD-3-Clause

import Failures
import Platform

/// Where a transaction keeps its things, inside `conda-meta`, so that all renames stay on one file system.
enum TransactionDirectory {
    static let metadata = "conda-meta"
    /// Its existence means that somebody is, or was, changing the prefix.
    static let path = "conda-meta/.krait-transaction"
    /// Says who began, before anything is touched; the last file to go.
    static let begun = path + "/begun"
    /// The journal while it is being written: nothing has been touched.
    static let draft = path + "/journal.new"
    /// The journal of a transaction that is undone when found.
    static let journal = path + "/journal"
    /// The journal of a transaction that is finished when found. The rename to this name is the commit.
    static let committed = path + "/committed"
    /// A new environment in its place whose link scripts have not ended: removed when found.
    static let unfinished = path + "/new"
    /// Old files by their number in the journal.
    static let backup = path + "/old"
    /// Records and history that take their place at the end.
    static let records = path + "/records"

    static func backup(_ number: Int) -> String { "\(backup)/\(number)" }
    /// Stands for an old file that was not there when it should have been moved.
    static func absence(_ number: Int) -> String { "\(backup)/\(number).absent" }

    /// Makes the directory, for this user alone, with the mark of who begins.
    static func make(at root: DirectoryReference, key: ChangeKey) throws(Failure) {
        try FileSystem.createDirectory(path, mode: 0o700, at: root)
        try writeNewFile(begun, try marked([], at: root, key: key), at: root)
    }

    /// `contents` with the mark of who writes. A journal says all that is done, and all of it beneath the prefix, so it
    /// may be copied with its environment; what says nothing of itself is tied to this directory.
    static func marked(_ contents: [UInt8], at root: DirectoryReference, key: ChangeKey) throws(Failure) -> [UInt8] {
        guard let status = try FileSystem.status(path, followLinks: false, at: root) else {
            throw Failure(.noEntry, path, "look at")
        }
        return contents + Array("X\(key.mark(contents, in: place(of: contents, status)))".utf8) + [0]
    }

    /// The number that the mark of `contents` is tied to; 0 for none.
    static func place(of contents: [UInt8], _ directory: FileStatus) -> UInt64 {
        contents.isEmpty ? directory.inode : 0
    }

    /// Contents and mark of what ``marked(_:at:key:)`` gave; no mark where there is none.
    static func parts(of bytes: [UInt8]) -> (contents: [UInt8], mark: String) {
        guard bytes.last == 0, let start = bytes.dropLast().lastIndex(of: 0).map({ $0 + 1 }) ?? bytes.indices.first,
            bytes[start] == UInt8(ascii: "X")
        else { return (bytes, "") }
        return (Array(bytes[..<start]), String(decoding: bytes[(start + 1)...].dropLast(), as: UTF8.self))
    }

    /// Removes all of it, what says whose it is last, and what scripts left to be told by a process that was killed.
    static func remove(at root: DirectoryReference) throws(Failure) {
        let last = [journal, committed, unfinished, begun]
        var tree = Beneath(root)
        do throws(Errno) {
            try removeFile(LinkScripts.messages, &tree)
            var names: [String] = []
            try FileSystem.forEachEntry(of: try tree.open(path, [.readOnly, .directory])) { name, _ in
                names.append("\(path)/\(String(cString: name))")
            }
            // Also what is there for the blink of an eye, as the list for the compiler.
            for name in names where !last.contains(name) { try tree.removeTree(name) }
            for name in last { try removeFile(name, &tree) }
            try tree.removeDirectory(path)
        } catch {
            if error != .noEntry { throw Failure(error, path, "remove") }
        }
    }

    private static func removeFile(_ name: String, _ tree: inout Beneath) throws(Errno) {
        do throws(Errno) {
            try tree.unlink(name)
        } catch {
            if error != .noEntry { throw error }
        }
    }
}
