// SPDX-License-Identifier: BSD-3-Clause

package import Failures
package import Platform
import Synchronization

/// A new environment in the making: built beside its place in a directory of a random name and renamed there once, so
/// that it is there whole or not at all (Design §1).
package final class FreshPrefix: Sendable {
    /// Where the environment will be, absolute.
    package let prefix: String
    /// Where it is built.
    package var buildDirectory: String { staging.path }
    private let staging: StagingDirectory
    private let key: ChangeKey
    /// The mode that new directories get here.
    private let mode: UInt32
    private let lock = Mutex<PrefixLock?>(nil)

    /// Makes the building directory of `prefix`, which must not exist; its parents are made.
    package init(_ prefix: String, key: ChangeKey = .none) throws(Failure) {
        self.prefix = prefix
        self.key = key
        if try FileSystem.status(prefix, followLinks: false) != nil {
            throw Failure(.other, prefix, "already exists")
        }
        staging = try StagingDirectory(in: Path.parent(prefix), key: key)
        try FileSystem.createDirectory(TransactionDirectory.metadata, at: staging.root)
        // Whatever the umask and the directory above say about new directories.
        let status = try FileSystem.status(TransactionDirectory.metadata, followLinks: false, at: staging.root)
        mode = status?.mode ?? 0o755
    }

    /// The directory that files go to.
    package var root: DirectoryReference { staging.root }

    /// Removes what was linked, to begin again.
    func empty() throws(Failure) {
        let kept = [TransactionDirectory.metadata, StagingDirectory.markName]
        for entry in try FileSystem.entries(".", at: root) where !kept.contains(entry.name) {
            try FileSystem.removeTree(entry.name, at: root)
        }
    }

    /// Puts the environment in its place; from here on it exists.
    package func commit(synchronize: Bool = false, sourceDateEpoch: Int64? = nil) throws(Failure) {
        if synchronize { try staging.synchronizeFileSystem() }
        do throws(Failure) {
            try staging.move(to: Path.name(prefix), mode: mode) { () throws(Failure) in
                guard let sourceDateEpoch else { return }
                for path in [TransactionDirectory.metadata, "."] {
                    try FileSystem.setModified(path, FileTime(seconds: sourceDateEpoch), at: self.root)
                }
            }
        } catch {
            guard error.errno == .exists else { throw error }
            throw Failure(
                .lockTimeout, prefix, "another process has made an environment here in the meantime",
                hint: "add to it with `krait install -p \(prefix)`, or choose another prefix", cause: error)
        }
        if synchronize { try staging.synchronizeParent() }
    }

    /// Marks the environment as one that is removed when its maker dies before ``finish(sourceDateEpoch:)``, and takes
    /// its lock; for what has to be done in its place, before it is whole.
    package func markUnfinished() throws(Failure) {
        try TransactionDirectory.make(at: root, key: key)
        try writeNewFile(
            TransactionDirectory.unfinished, try TransactionDirectory.marked([], at: root, key: key), at: root)
        let taken = try PrefixLock(at: root, prefix: prefix, seconds: 0)
        lock.withLock { $0 = taken }
    }

    /// Ends what ``markUnfinished()`` began: the environment is whole.
    package func finish(sourceDateEpoch: Int64? = nil) throws(Failure) {
        try TransactionDirectory.remove(at: root)
        if let sourceDateEpoch {
            try FileSystem.setModified(TransactionDirectory.metadata, FileTime(seconds: sourceDateEpoch), at: root)
        }
        lock.withLock { $0 = nil }
    }

    /// Removes the environment from its place, for something that had to be done there failed.
    package func takeBack() {
        lock.withLock { $0 = nil }
        staging.removeMoved(to: Path.name(prefix))
    }

    /// Removes what was built; the same happens when this object goes without a commit.
    package func abandon() { staging.remove() }

    deinit { abandon() }
}
