// SPDX-License-Identifier: BSD-3-Clause
package import Failures

/// Work beneath a directory that is open, on names that somebody else may have chosen: whatever stands on the way,
/// nothing outside is made, renamed, linked or removed.
///
/// Each call opens the parent of its path without leaving the directory and then works on the last component there,
/// never following a link that has its name. The two parents last used stay open, so paths in the order of their
/// directories cost no more than plain calls.
package struct Beneath: ~Copyable {
    /// The directory; its owner must outlive this value.
    package let root: DirectoryReference
    /// What is done about links above the last component.
    private let links: LinksOnTheWay
    /// The one last used is the last.
    private var parents: [Parent] = []

    private final class Parent {
        let path: ExactPath
        let descriptor: Descriptor
        init(_ path: ExactPath, _ descriptor: consuming Descriptor) {
            self.path = path
            self.descriptor = descriptor
        }
    }

    package init(_ root: DirectoryReference, links: LinksOnTheWay = .refused) {
        self.root = root
        self.links = links
    }

    /// Calls `body` with the open parent of `path` and the last component. The parent is only a place for names.
    ///
    /// - Throws: `crossDevice` when the path leads out, `loop` at a link on the way, `invalid` without a last component.
    package mutating func at<Result: ~Copyable>(
        _ path: String, _ body: (DirectoryReference, String) throws(Errno) -> Result
    ) throws(Errno) -> Result {
        let (directory, name) = try place(path)
        return try body(directory, name)
    }

    /// The parent of `path`, open until two more have been asked for, and the last component.
    private mutating func place(_ path: String) throws(Errno) -> (DirectoryReference, String) {
        let name = Path.name(path)
        guard !name.isEmpty, name != ".", name != "..", name != "/" else { throw .invalid }
        let above = ExactPath(Path.parent(path))
        if above.text.isEmpty { return (root, name) }
        if let last = parents.last, last.path == above { return (last.descriptor.reference, name) }
        if let first = parents.first, first.path == above {
            parents.reverse()
            return (first.descriptor.reference, name)
        }
        let opened = Parent(
            above, try SystemCall.openBeneath(above.text, [.directory, .pathOnly], at: root, links: links))
        if parents.count == 2 { parents.removeFirst() }
        parents.append(opened)
        return (opened.descriptor.reference, name)
    }

    /// Forgets the open parents: call it when directories were renamed.
    package mutating func forget() { parents = [] }

    package mutating func status(_ path: String) throws(Errno) -> FileStatus {
        try at(path) { (directory, name) throws(Errno) in
            try SystemCall.status(name, followLinks: false, at: directory)
        }
    }

    /// The target of a symbolic link.
    package mutating func readLink(_ path: String) throws(Errno) -> String {
        try at(path) { (directory, name) throws(Errno) in
            String(decoding: try SystemCall.readLink(name, at: directory), as: UTF8.self)
        }
    }

    /// Opens a file or directory; never through a link that has its name.
    package mutating func open(
        _ path: String, _ options: OpenOptions, mode: UInt32 = 0o664
    ) throws(Errno) -> Descriptor {
        try at(path) { (directory, name) throws(Errno) in
            try SystemCall.open(name, options.union(.noFollow), mode: mode, at: directory)
        }
    }

    package mutating func createDirectory(_ path: String, mode: UInt32 = 0o775) throws(Errno) {
        try at(path) { (directory, name) throws(Errno) in
            try SystemCall.createDirectory(name, mode: mode, at: directory)
        }
    }

    /// Makes `path` and every missing directory above it; one that exists is fine, a link counts as none unless links
    /// are followed.
    package mutating func createDirectories(_ path: String, mode: UInt32 = 0o775) throws(Errno) {
        if path.isEmpty { return }
        do throws(Errno) {
            try createDirectory(path, mode: mode)
        } catch {
            if error == .exists {
                _ = try SystemCall.openBeneath(path, [.directory, .pathOnly], at: root, links: links)
                return
            }
            guard error == .noEntry else { throw error }
            try createDirectories(Path.parent(path), mode: mode)
            do throws(Errno) {
                try createDirectory(path, mode: mode)
            } catch {
                if error != .exists { throw error }
            }
        }
    }

    package mutating func unlink(_ path: String) throws(Errno) {
        try at(path) { (directory, name) throws(Errno) in try SystemCall.unlink(name, at: directory) }
    }

    package mutating func removeDirectory(_ path: String) throws(Errno) {
        let exact = ExactPath(path)
        if parents.contains(where: { $0.path == exact }) { forget() }
        try at(path) { (directory, name) throws(Errno) in try SystemCall.removeDirectory(name, at: directory) }
    }

    /// Removes `path` and everything under it, following no link; what is absent is fine.
    package mutating func removeTree(_ path: String) throws(Errno) {
        forget()
        do throws(Errno) {
            try at(path) { (directory, name) throws(Errno) in try SystemCall.removeTree(name, at: directory) }
        } catch {
            if error != .noEntry { throw error }
        }
    }

    package mutating func symbolicLink(target: String, path: String) throws(Errno) {
        try at(path) { (directory, name) throws(Errno) in
            try SystemCall.symbolicLink(target: target, path: name, at: directory)
        }
    }

    /// Renames within the directory, replacing what has the new name.
    package mutating func rename(from: String, to: String) throws(Errno) {
        let (fromDirectory, from) = try place(from)
        let (toDirectory, to) = try place(to)
        try SystemCall.rename(from: from, at: fromDirectory, to: to, at: toDirectory)
    }

    /// Links a file within the directory.
    package mutating func link(from: String, to: String) throws(Errno) {
        let (fromDirectory, from) = try place(from)
        let (toDirectory, to) = try place(to)
        try SystemCall.link(from: from, at: fromDirectory, to: to, at: toDirectory)
    }

    /// Copies a regular file within the directory, with its mode and time.
    package mutating func copyFile(from: String, to: String) throws(Errno) {
        let (fromDirectory, from) = try place(from)
        let (toDirectory, to) = try place(to)
        try SystemCall.copyFile(from: from, at: fromDirectory, to: to, at: toDirectory)
    }

    /// Writes a new file at `path`; fails when the name is taken.
    package mutating func writeNewFile(_ path: String, _ bytes: [UInt8], mode: UInt32 = 0o664) throws(Failure) {
        do throws(Errno) {
            let file = try open(path, .newFile, mode: mode)
            try bytes.withBytes { (buffer) throws(Errno) in try SystemCall.writeAll(file, buffer) }
        } catch {
            throw Failure(error, path, "write")
        }
    }
}
