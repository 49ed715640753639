// SPDX-License-Identifier: BSD-3-Clause

package import Failures
package import Platform
import Synchronization

/// A directory that this process made for itself beside an environment: of a name that nobody can guess, for this user
/// alone, held open and locked. What others put there under such a name is not used, emptied or waited for.
///
/// One that nobody holds was left by a process that was killed; the next change beside it removes it, when the mark in it
/// shows that this user's krait made it.
package final class StagingDirectory: Sendable {
    /// Its path while it has not been moved away.
    package let path: String
    private let parent: Descriptor
    private let name: String
    private let descriptor: Descriptor
    private let isThere = Atomic<Bool>(true)

    private static let prefix = ".krait-"
    /// Says whose it is.
    package static let markName = ".krait-staging"

    /// Makes one in `directory`, which is made where it is missing.
    package init(in directory: String, key: ChangeKey) throws(Failure) {
        try FileSystem.createDirectories(directory)
        parent = try Descriptor.openDirectory(directory)
        for _ in 0..<100 {
            let name = temporaryName(prefix: Self.prefix)
            let path = Path.join(directory, name)
            do throws(Errno) {
                try SystemCall.createDirectory(name, mode: 0o700, at: parent.reference)
            } catch {
                if error == .exists { continue }
                throw Failure(error, path, "make the directory")
            }
            // In a directory that everybody may write to it may be gone, or somebody else's, a moment later.
            guard let opened = try? Descriptor.openDirectory(name, followLinks: false, at: parent.reference),
                let status = try? SystemCall.status(of: opened), status.isOwn,
                try FileLock.tryExclusive(opened, subject: path), Self.isEmpty(opened),
                (try? SystemCall.status(name, followLinks: false, at: parent.reference))?.inode == status.inode
            else { continue }
            // What was moved into its place is this user's too, and becomes his alone; exFAT keeps no modes.
            try? SystemCall.setMode(of: opened, 0o700)
            try writeNewFile(Self.markName, Self.mark(status, key), mode: 0o600, at: opened.reference)
            self.name = name
            self.path = path
            descriptor = opened
            return
        }
        throw Failure(.lockTimeout, directory, "other processes keep removing what is made here")
    }

    private static func mark(_ status: FileStatus, _ key: ChangeKey) -> [UInt8] {
        Array(key.mark(Array("staging".utf8), in: status.inode).utf8)
    }

    private static func isEmpty(_ directory: borrowing Descriptor, but known: String? = nil) -> Bool {
        var isEmpty = true
        defer { SystemCall.rewind(directory) }
        let isRead: Void? = try? FileSystem.forEachEntry(of: directory) { name, _ in
            if known == nil || String(cString: name) != known { isEmpty = false }
        }
        return isRead != nil && isEmpty
    }

    /// Names of the directory that paths start from.
    package var root: DirectoryReference { descriptor.reference }

    /// Renames it to `name` beside it, where nothing must be; with the mode of new directories.
    ///
    /// - Parameter last: what is done to it at the very end, when nothing in it changes any more.
    package func move(
        to name: String, mode: UInt32, last: () throws(Failure) -> Void = { () throws(Failure) in }
    ) throws(Failure) {
        let place = Path.join(Path.parent(path), name)
        do throws(Errno) {
            try SystemCall.setMode(of: descriptor, mode)
        } catch {
            throw Failure(error, path, "set the mode of")
        }
        try FileSystem.rename(
            from: self.name, at: parent.reference, to: name, at: parent.reference, noReplace: true, shownAs: place)
        isThere.store(false, ordering: .relaxed)
        // Not before: without its mark it would be nobody's if this process were killed now.
        try FileSystem.unlink(Self.markName, at: root)
        try last()
    }

    /// Waits until everything on its file system is on stable storage.
    package func synchronizeFileSystem() throws(Failure) {
        do throws(Errno) {
            try SystemCall.synchronizeFileSystem(descriptor)
        } catch {
            throw Failure(error, path, "synchronize")
        }
    }

    /// Waits until its parent's names are on stable storage.
    package func synchronizeParent() throws(Failure) {
        let directory = try Descriptor.openDirectory(Path.parent(path))
        do throws(Errno) {
            try SystemCall.synchronize(directory)
        } catch {
            throw Failure(error, path, "synchronize")
        }
    }

    /// Removes it with everything in it, unless it was moved away.
    package func remove() {
        guard isThere.exchange(false, ordering: .relaxed) else { return }
        Self.remove(descriptor, name, at: parent.reference)
    }

    /// Removes what is in it after it was moved to `name`, last what says that it was never finished: without that, its
    /// records would be those of an environment. Whatever else may stand there by now stays.
    package func removeMoved(to name: String) {
        guard (try? SystemCall.removeContents(of: descriptor, last: TransactionDirectory.path)) != nil else { return }
        try? SystemCall.removeDirectory(name, at: parent.reference)
    }

    deinit { remove() }

    /// Empties an open directory, the mark last, and removes its name where that is still an empty directory.
    private static func remove(_ directory: borrowing Descriptor, _ name: String, at parent: DirectoryReference) {
        guard (try? SystemCall.removeContents(of: directory, last: markName)) != nil else { return }
        try? SystemCall.removeDirectory(name, at: parent)
    }
}

extension StagingDirectory {
    /// Takes the directory `name` in `parent` out of sight at one instant, and removes it.
    ///
    /// - Throws: `Failure` with the errno of the rename when it cannot be renamed.
    package static func removeTree(_ path: String, key: ChangeKey) throws(Failure) {
        let parent = try Descriptor.openDirectory(Path.parent(path))
        let name = Path.name(path)
        let opened = try Descriptor.openDirectory(name, followLinks: false, at: parent.reference)
        let away = temporaryName(prefix: prefix)
        do throws(Errno) {
            // Whoever finds it knows that it is to go.
            let status = try SystemCall.status(of: opened)
            _ = try? FileLock.tryExclusive(opened, subject: path)
            try? SystemCall.unlink(markName, at: opened.reference)
            try? writeNewFile(markName, mark(status, key), mode: 0o600, at: opened.reference)
            try? SystemCall.setMode(of: opened, 0o700)
            do throws(Errno) {
                try FileSystem.renameWithoutReplacing(from: name, at: parent.reference, to: away, at: parent.reference)
            } catch {
                try? SystemCall.unlink(markName, at: opened.reference)
                try? SystemCall.setMode(of: opened, status.mode)
                throw error
            }
            try SystemCall.removeContents(of: opened, last: markName)
            try SystemCall.removeDirectory(away, at: parent.reference)
        } catch {
            throw Failure(error, path, "remove")
        }
    }

    /// Those in `directory` that killed processes left: of this user, of no living process, with this user's mark.
    package static func left(in directory: String, key: ChangeKey) -> [String] {
        var found: [String] = []
        forEachLeft(in: directory, key) { _, name, _ in found.append(Path.join(directory, name)) }
        return found.sorted()
    }

    /// Takes its mark out of an environment that was put in its place, or was to be removed, by a process that was
    /// killed at that moment.
    package static func settle(_ prefix: String, key: ChangeKey) {
        guard FileSystem.exists(Path.join(prefix, markName)),
            let opened = try? Descriptor.openDirectory(prefix, followLinks: false),
            let status = try? SystemCall.status(of: opened), status.isOwn,
            (try? FileLock.tryExclusive(opened, subject: prefix)) ?? false,
            hasEmptyMark(opened) || isMarked(opened, status, key)
        else { return }
        try? SystemCall.unlink(markName, at: opened.reference)
        // Nothing else has the mode of what is not in its place yet.
        if status.mode & 0o777 == 0o700,
            let metadata = try? SystemCall.status("conda-meta", followLinks: false, at: opened.reference)
        {
            try? SystemCall.setMode(of: opened, metadata.mode)
        }
    }

    /// Removes those that ``left(in:key:)`` finds.
    package static func removeLeft(in directory: String, key: ChangeKey) {
        forEachLeft(in: directory, key) { opened, name, parent in remove(opened, name, at: parent) }
    }

    private static func forEachLeft(
        in directory: String, _ key: ChangeKey, _ body: (borrowing Descriptor, String, DirectoryReference) -> Void
    ) {
        guard let parent = try? Descriptor.openDirectory(directory) else { return }
        var names: [String] = []
        try? FileSystem.forEachEntry(of: parent) { name, _ in
            if starts(name, with: prefix) { names.append(String(cString: name)) }
        }
        for name in names where name.utf8.count == prefix.utf8.count + 16 {
            guard let opened = try? Descriptor.openDirectory(name, followLinks: false, at: parent.reference),
                let status = try? SystemCall.status(of: opened), status.isOwn,
                key.isThere || !status.isWritableByOthers,
                (try? FileLock.tryExclusive(opened, subject: name)) ?? false,
                isLeft(opened, status, key)
            else { continue }
            body(opened, name, parent.reference)
        }
    }

    /// One without a mark, or with an empty one, is ours only when nothing else is in it: made a moment before its maker
    /// was killed.
    private static func isLeft(_ directory: borrowing Descriptor, _ status: FileStatus, _ key: ChangeKey) -> Bool {
        isEmpty(directory) || isMarked(directory, status, key)
            || (hasEmptyMark(directory) && isEmpty(directory, but: markName))
    }

    /// One whose writer was killed before it wrote anything; it says nothing, and taking it away takes nothing away.
    private static func hasEmptyMark(_ directory: borrowing Descriptor) -> Bool {
        guard let mark = try? SystemCall.status(markName, followLinks: false, at: directory.reference) else {
            return false
        }
        return mark.kind == .regular && mark.size == 0 && mark.isOwn
    }

    private static func isMarked(_ directory: borrowing Descriptor, _ status: FileStatus, _ key: ChangeKey) -> Bool {
        guard let file = try? SystemCall.open(markName, [.readOnly, .noFollow, .nonBlocking], at: directory.reference),
            (try? SystemCall.status(of: file))?.kind == .regular,
            let found = try? readAll(file, limit: 256, subject: markName)
        else { return false }
        return key.isThere ? found == mark(status, key) : true
    }

    private static func starts(_ name: UnsafePointer<CChar>, with start: String) -> Bool {
        for (index, byte) in start.utf8.enumerated() where UInt8(bitPattern: name[index]) != byte { return false }
        return true
    }
}
