// SPDX-License-Identifier: BSD-3-Clause

import Failures
import Platform

/// The lock of a living prefix: on its `conda-meta` directory, so that it leaves no file and ends with its process.
final class PrefixLock: Sendable {
    private let directory: Descriptor

    /// Takes the lock, waiting up to `seconds` (Requirements R-6).
    init(
        at root: DirectoryReference, prefix: String, seconds: UInt64, cancellation: Cancellation? = nil
    ) throws(Failure) {
        let opened = try Recovery.openMetadata(at: root, prefix)
        guard try FileLock.exclusive(opened, subject: prefix, seconds: seconds, cancellation: cancellation) else {
            let holder = FileLock.holder(of: opened).map { "process \($0)" } ?? "another process"
            throw Failure(
                .lockTimeout, prefix, "\(holder) is changing this environment, and has not ended in \(seconds) s",
                hint: "wait for it, or end it: the lock on `conda-meta` ends with its process")
        }
        directory = opened
    }

    /// True when the locked directory is the one that stands there now.
    func isHeld(at root: DirectoryReference) -> Bool {
        guard let now = try? SystemCall.status(TransactionDirectory.metadata, followLinks: false, at: root),
            let mine = try? SystemCall.status(of: directory)
        else { return false }
        return now.inode == mine.inode && now.device == mine.device
    }
}
