// SPDX-License-Identifier: BSD-3-Clause

package import Failures
import Platform

/// What was found of an interrupted transaction, and done about it.
package enum Recovery: Sendable, Equatable {
    /// Nothing was under way.
    case none
    /// The transaction had not been committed: the prefix is as it was before.
    case undone
    /// It had been committed: the prefix is as it should be after.
    case finished
    /// Its process is still at work; its number where the system tells.
    case busy(Int32?)

    /// How an environment stands.
    package enum Standing: Sendable, Equatable {
        case atRest
        /// A process is changing it; its number where the system tells.
        case busy(Int32?)
        /// A killed process left a change half done.
        case interrupted
    }

    /// How `prefix` stands. Looks only; `key` tells whether this user's krait works beside the lock of a stranger.
    package static func standing(_ prefix: String, key: ChangeKey = .none) -> Standing {
        guard (try? FileSystem.status(Path.join(prefix, TransactionDirectory.path), followLinks: false)) != .some(nil)
        else { return .atRest }
        guard let metadata = try? Descriptor.openDirectory(Path.join(prefix, TransactionDirectory.metadata)) else {
            return .interrupted
        }
        if (try? FileLock.tryExclusive(metadata, subject: prefix)) ?? true { return .interrupted }
        if PrefixLock.isStrangers(metadata), let own = key.opened(), isFree(own) { return .interrupted }
        return .busy(FileLock.holder(of: metadata))
    }

    /// Whether nobody works with the lock of a key for himself.
    private static func isFree(_ own: ChangeKey.File) -> Bool {
        (try? FileLock.tryExclusive(own.descriptor, subject: "")) ?? false
    }

    /// Whether a process is putting the records of a change in place. Looks only.
    static func isBeingPutInPlace(_ prefix: String) -> Bool {
        guard FileSystem.exists(Path.join(prefix, TransactionDirectory.committed)) else { return false }
        if case .busy = standing(prefix) { return true }
        return false
    }

    /// Undoes or finishes what a killed process left in `prefix`; one look when there is nothing.
    ///
    /// - Parameters:
    ///   - key: tells whether this user's krait began it.
    ///   - isForced: end also what it cannot be told of who began it (`doctor --fix`).
    /// - Throws: `Failure` when somebody else began it, or it cannot be ended.
    package static func run(
        _ prefix: String, key: ChangeKey = .none, isForced: Bool = false
    ) throws(Failure) -> Recovery {
        let path = Path.join(prefix, TransactionDirectory.path)
        guard try FileSystem.status(path, followLinks: false) != nil else {
            removeEmptyMetadata(prefix)
            return .none
        }
        let root = try Descriptor.openDirectory(prefix)
        let metadata = try openMetadata(at: root.reference, prefix)
        // Who works on it while a stranger has the lock has that of the key.
        let own = key.opened()
        let isTaken = try FileLock.tryExclusive(metadata, subject: prefix)
        let isOurs =
            isTaken
            ? own.map { FileLock.tryShared($0.descriptor) } ?? true
            : PrefixLock.isStrangers(metadata) && own.map(isFree) ?? false
        guard isOurs else { return .busy(FileLock.holder(of: metadata)) }
        guard let found = try InterruptedChange.find(at: root.reference, prefix, key: key, isForced: isForced) else {
            return .none
        }
        guard case .unfinished = found else { return try run(found, at: root.reference) }
        try UnfinishedEnvironment.remove(prefix, at: root.reference, key: key)
        return .undone
    }

    /// Removes a `conda-meta` with nothing in it: made a moment before its maker was killed. One that somebody has locked
    /// is about to be used; one that somebody is about to lock is made again by him.
    private static func removeEmptyMetadata(_ prefix: String) {
        guard let root = try? Descriptor.openDirectory(prefix),
            let metadata = try? openMetadata(at: root.reference, prefix),
            (try? FileSystem.entries(TransactionDirectory.metadata, at: root.reference))?.isEmpty ?? false,
            (try? FileLock.tryExclusive(metadata, subject: prefix)) ?? false
        else { return }
        try? SystemCall.removeDirectory(TransactionDirectory.metadata, at: root.reference)
    }

    /// The same where the caller holds the lock.
    static func run(at root: DirectoryReference, _ prefix: String, key: ChangeKey) throws(Failure) -> Recovery {
        guard let found = try InterruptedChange.find(at: root, prefix, key: key, isForced: false) else { return .none }
        return try run(found, at: root)
    }

    private static func run(_ found: InterruptedChange, at root: DirectoryReference) throws(Failure) -> Recovery {
        switch found {
        case .unfinished:
            throw Failure(
                .other, "environment", "it was never finished: the krait that made it has died",
                hint: "make it again with `krait create`")
        case .committed(let journal):
            try journal.finish(at: root)
            return .finished
        case .begun(let journal):
            try journal.undo(at: root)
            return .undone
        case .untouched:
            try TransactionDirectory.remove(at: root)
            if try FileSystem.entries(TransactionDirectory.metadata, at: root).isEmpty {
                try FileSystem.removeDirectory(TransactionDirectory.metadata, at: root)
            }
            return .undone
        }
    }

    /// The directory `conda-meta`, which is a directory and not a link to one elsewhere.
    static func openMetadata(at root: DirectoryReference, _ prefix: String) throws(Failure) -> Descriptor {
        let path = Path.join(prefix, TransactionDirectory.metadata)
        if let status = try FileSystem.status(TransactionDirectory.metadata, followLinks: false, at: root),
            status.kind != .directory
        {
            throw Failure(
                .other, path, "is not a directory but a \(status.kind == .symbolicLink ? "link" : "file")",
                hint: "krait changes environments only where their records lie in them")
        }
        return try Descriptor.openDirectory(TransactionDirectory.metadata, followLinks: false, at: root)
    }
}
