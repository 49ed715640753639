// SPDX-License-Identifier: BSD-3-Clause
package import Failures

/// Work beneath a directory that is open, on names that somebody else may have chosen: whatever stands on the way,
/// nothing outside is made, renamed, linked or removed.
///
/// Each call opens the parent of its path without leaving the directory and then works on the last component there,
/// never following a link that has its name. The parent last used stays open, so paths in the order of their directories
/// cost no more than plain calls.
package struct Beneath: ~Copyable {
    /// The directory; its owner must outlive this value.
    package let root: DirectoryReference
    /// What is done about links above the last component.
    private let links: LinksOnTheWay
    private var parent: (path: ExactPath, descriptor: Parent)?

    private final class Parent {
        let descriptor: Descriptor
        init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
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
        let name = Path.name(path)
        guard !name.isEmpty, name != ".", name != "..", name != "/" else { throw .invalid }
        let above = ExactPath(Path.parent(path))
        if above.text.isEmpty { return try body(root, name) }
        if let parent, parent.path == above { return try body(parent.descriptor.descriptor.reference, name) }
        let opened = Parent(try SystemCall.openBeneath(above.text, [.directory, .pathOnly], at: root, links: links))
        parent = (above, opened)
        return try body(opened.descriptor.reference, name)
    }

    /// Forgets the open parent: call it when directories were renamed.
    package mutating func forget() { parent = nil }

    package mutating func status(_ path: String) throws(Errno) -> FileStatus {
        try at(path) { (directory, name) throws(Errno) in
            try SystemCall.status(name, followLinks: false, at: directory)
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
        if parent?.path == ExactPath(path) { forget() }
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
        try withBoth(from, to) { (fromDirectory, from, toDirectory, to) throws(Errno) in
            try SystemCall.rename(from: from, at: fromDirectory, to: to, at: toDirectory)
        }
    }

    /// Links a file within the directory.
    package mutating func link(from: String, to: String) throws(Errno) {
        try withBoth(from, to) { (fromDirectory, from, toDirectory, to) throws(Errno) in
            try SystemCall.link(from: from, at: fromDirectory, to: to, at: toDirectory)
        }
    }

    /// Copies a regular file within the directory, with its mode and time.
    package mutating func copyFile(from: String, to: String) throws(Errno) {
        try withBoth(from, to) { (fromDirectory, from, toDirectory, to) throws(Errno) in
            try SystemCall.copyFile(from: from, at: fromDirectory, to: to, at: toDirectory)
        }
    }

    /// Calls `body` with the open parents and last components of two paths; the second parent is the one kept.
    private mutating func withBoth(
        _ from: String, _ to: String,
        _ body: (DirectoryReference, String, DirectoryReference, String) throws(Errno) -> Void
    ) throws(Errno) {
        var other = Beneath(root, links: links)
        other.parent = parent?.path == ExactPath(Path.parent(from)) ? parent : nil
        try other.at(from) { (fromDirectory, from) throws(Errno) in
            try self.at(to) { (toDirectory, to) throws(Errno) in try body(fromDirectory, from, toDirectory, to) }
        }
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
