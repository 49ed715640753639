// SPDX-License-Identifier: BSD-3-Clause

package import Failures
package import Platform

/// The lock of a living prefix: on its `conda-meta` directory, so that it leaves no file and ends with its process.
///
/// Whoever can read a directory can lock it. A lock of somebody who cannot change the environment keeps nobody from
/// changing it: that change then has the lock of its user's key for itself, which all others of his share.
package final class PrefixLock: Sendable {
    private let directory: Descriptor
    private let key: ChangeKey.File?

    /// Takes the lock, waiting up to `seconds` (Requirements R-6).
    package init(
        at root: DirectoryReference, prefix: String, seconds: UInt64, key: ChangeKey = .none,
        cancellation: Cancellation? = nil
    ) throws(Failure) {
        let opened = try Recovery.openMetadata(at: root, prefix)
        let own = key.opened()
        var isTaken = try FileLock.tryExclusive(opened, subject: prefix)
        let isStrangers = !isTaken && own != nil && Self.isStrangers(opened)
        if !isTaken, !isStrangers {
            isTaken = try FileLock.exclusive(opened, subject: prefix, seconds: seconds, cancellation: cancellation)
        }
        if let own, isTaken || isStrangers {
            isTaken = try FileLock.exclusive(
                own.descriptor, subject: prefix, seconds: seconds, isShared: !isStrangers, cancellation: cancellation)
        }
        guard isTaken else {
            let holder = FileLock.holder(of: opened).map { "process \($0)" } ?? "another process"
            throw Failure(
                .lockTimeout, prefix, "\(holder) is changing this environment, and has not ended in \(seconds) s",
                hint: "wait for it, or end it: the lock on `conda-meta` ends with its process")
        }
        directory = opened
        self.key = own
    }

    /// Whether the process that holds the lock is one of a user who cannot change the environment.
    static func isStrangers(_ metadata: borrowing Descriptor) -> Bool {
        guard let status = try? SystemCall.status(of: metadata), !status.isWritableByStrangers,
            let process = FileLock.holder(of: metadata), let user = FileLock.user(ofProcess: process)
        else { return false }
        return user != 0 && user != status.owner && user != effectiveUserID()
    }

    /// True when the locked directory is the one that stands there now.
    func isHeld(at root: DirectoryReference) -> Bool {
        guard let now = try? SystemCall.status(TransactionDirectory.metadata, followLinks: false, at: root),
            let mine = try? SystemCall.status(of: directory)
        else { return false }
        return now.inode == mine.inode && now.device == mine.device
    }
}
