// SPDX-License-Identifier: BSD-3-Clause

package import Failures
package import Platform
import Synchronization

/// A new environment in the making: built beside its place as `.krait-NAME` and renamed there once, so that it is
/// there whole or not at all (design.md §1).
///
/// The building directory is also the lock: whoever holds it is making this environment. One whose maker has died is
/// cleared away by the next.
package final class FreshPrefix: Sendable {
    /// Where the environment will be, absolute.
    package let prefix: String
    /// Where it is built.
    package let buildDirectory: String
    private let descriptor: Descriptor
    private let isDone = Atomic<Bool>(false)
    private let lock = Mutex<PrefixLock?>(nil)

    /// The name of the building directory of the environment at `prefix`.
    package static func buildDirectory(of prefix: String) -> String {
        let name = Path.name(prefix)
        // Leaves room for the longest name a file system takes.
        let shown = name.utf8.count <= 200 ? name : String(decoding: name.utf8.suffix(200), as: UTF8.self)
        return Path.join(Path.parent(prefix), ".krait-\(shown)")
    }

    /// Makes the building directory of `prefix`, which must not exist; its parents are made.
    package init(_ prefix: String) throws(Failure) {
        self.prefix = prefix
        buildDirectory = Self.buildDirectory(of: prefix)
        if try FileSystem.status(prefix, followLinks: false) != nil {
            throw Failure(.other, prefix, "already exists")
        }
        try FileSystem.createDirectories(Path.parent(prefix))
        descriptor = try Self.take(buildDirectory, for: prefix)
        try FileSystem.createDirectory("conda-meta", at: descriptor.reference)
    }

    /// The directory that files go to.
    package var root: DirectoryReference { descriptor.reference }

    private static func take(_ path: String, for prefix: String) throws(Failure) -> Descriptor {
        for _ in 0..<100 {
            do throws(Errno) {
                try SystemCall.createDirectory(path)
            } catch {
                if error != .exists { throw Failure(error, prefix, "make the environment") }
            }
            guard let opened = try? Descriptor.openDirectory(path, followLinks: false) else { continue }
            guard try FileLock.tryExclusive(opened, subject: path) else {
                let holder = FileLock.holder(of: opened).map { " (process \($0))" } ?? ""
                throw Failure(
                    .lockTimeout, prefix, "another krait\(holder) is making or removing this environment",
                    hint: "wait for it to end, or choose another prefix")
            }
            // Between making and locking another may have renamed or cleared it.
            guard let now = try FileSystem.status(path, followLinks: false),
                let mine = try? SystemCall.status(of: opened), now.inode == mine.inode, now.device == mine.device
            else { continue }
            if try FileSystem.entries(path).isEmpty { return opened }
            for entry in try FileSystem.entries(path) { try FileSystem.removeTree(entry.name, at: opened.reference) }
            return opened
        }
        throw Failure(.lockTimeout, prefix, "other processes keep making this environment")
    }

    /// Puts the environment in its place; from here on it exists.
    package func commit(synchronize: Bool = false, sourceDateEpoch: Int64? = nil) throws(Failure) {
        if let sourceDateEpoch {
            for path in ["conda-meta", "."] {
                try FileSystem.setModified(path, FileTime(seconds: sourceDateEpoch), at: root)
            }
        }
        if synchronize {
            do throws(Errno) {
                try SystemCall.synchronizeFileSystem(descriptor)
            } catch {
                throw Failure(error, prefix, "synchronize")
            }
        }
        try FileSystem.rename(from: buildDirectory, to: prefix, noReplace: true)
        isDone.store(true, ordering: .relaxed)
        if synchronize {
            let parent = try Descriptor.openDirectory(Path.parent(prefix))
            do throws(Errno) {
                try SystemCall.synchronize(parent)
            } catch {
                throw Failure(error, prefix, "synchronize")
            }
        }
    }

    /// Marks the environment as one that is removed when its maker dies before ``finish(sourceDateEpoch:)``, and takes
    /// its lock; for what has to be done in its place, before it is whole.
    package func markUnfinished() throws(Failure) {
        try FileSystem.createDirectory(TransactionDirectory.path, at: root)
        try writeNewFile(TransactionDirectory.unfinished, [], at: root)
        let taken = try PrefixLock(at: root, prefix: prefix, seconds: 0)
        lock.withLock { $0 = taken }
    }

    /// Ends what ``markUnfinished()`` began: the environment is whole.
    package func finish(sourceDateEpoch: Int64? = nil) throws(Failure) {
        try TransactionDirectory.remove(at: root)
        if let sourceDateEpoch {
            try FileSystem.setModified("conda-meta", FileTime(seconds: sourceDateEpoch), at: root)
        }
        lock.withLock { $0 = nil }
    }

    /// Removes what was built; the same happens when this object goes without a commit.
    package func abandon() {
        guard !isDone.exchange(true, ordering: .relaxed) else { return }
        try? FileSystem.removeTree(buildDirectory)
    }

    deinit { abandon() }
}
