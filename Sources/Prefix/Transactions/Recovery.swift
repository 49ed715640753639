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

    /// Undoes or finishes what a killed process left in `prefix`; one look when there is nothing.
    package static func run(_ prefix: String) throws(Failure) -> Recovery {
        guard FileSystem.exists(Path.join(prefix, TransactionDirectory.path)) else {
            // Nearly always: an environment at rest.
            if FileSystem.exists(Path.join(prefix, "conda-meta/history")) { return .none }
            return FileSystem.exists(prefix) ? .none : clearBuildDirectory(of: prefix)
        }
        let root = try Descriptor.openDirectory(prefix)
        let metadata = try Descriptor.openDirectory(TransactionDirectory.metadata, at: root.reference)
        guard try FileLock.tryExclusive(metadata, subject: prefix) else {
            return .busy(FileLock.holder(of: metadata))
        }
        if FileSystem.exists(TransactionDirectory.unfinished, at: root.reference) {
            // Out of the way at one instant: nobody sees half of it.
            let build = FreshPrefix.buildDirectory(of: prefix)
            _ = clearBuildDirectory(of: prefix)
            try FileSystem.rename(from: prefix, to: build, noReplace: true)
            try FileSystem.removeTree(build)
            return .undone
        }
        return try run(at: root.reference)
    }

    /// The same where the caller holds the lock.
    static func run(at root: DirectoryReference) throws(Failure) -> Recovery {
        guard FileSystem.exists(TransactionDirectory.path, at: root) else { return .none }
        if FileSystem.exists(TransactionDirectory.unfinished, at: root) {
            throw Failure(
                .other, "environment", "it was never finished: the krait that made it has died",
                hint: "make it again with `krait create`")
        }
        if let bytes = try readFileIfPresent(TransactionDirectory.committed, limit: 1 << 30, at: root),
            let journal = Journal(bytes)
        {
            try journal.finish(at: root)
            return .finished
        }
        if let bytes = try readFileIfPresent(TransactionDirectory.journal, limit: 1 << 30, at: root) {
            guard let journal = Journal(bytes) else {
                throw Failure(
                    .integrity, TransactionDirectory.journal, "the journal of an interrupted transaction is damaged",
                    hint: "its old files are in \(TransactionDirectory.backup)")
            }
            try journal.undo(at: root)
            return .undone
        }
        // It never came to a journal, so it touched nothing.
        try TransactionDirectory.remove(at: root)
        if try FileSystem.entries(TransactionDirectory.metadata, at: root).isEmpty {
            try FileSystem.removeDirectory(TransactionDirectory.metadata, at: root)
        }
        return .undone
    }

    /// A new environment whose maker was killed is found by the absence of the prefix.
    private static func clearBuildDirectory(of prefix: String) -> Recovery {
        let build = FreshPrefix.buildDirectory(of: prefix)
        guard FileSystem.exists(build),
            let opened = try? Descriptor.openDirectory(build, followLinks: false)
        else { return .none }
        guard (try? FileLock.tryExclusive(opened, subject: build)) ?? false else {
            return .busy(FileLock.holder(of: opened))
        }
        try? FileSystem.removeTree(build)
        return .undone
    }
}
