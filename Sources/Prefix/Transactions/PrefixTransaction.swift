// SPDX-License-Identifier: BSD-3-Clause

package import Failures
package import Platform
import Synchronization

/// A change to a living prefix that happens whole or not at all, wherever it is stopped (Requirements R-8).
///
/// Made, it holds the prefix's lock and has a plan, and nothing is touched. The order of what follows:
/// 1. the journal is written beside its name and renamed to it [fsync of journal and its directory];
/// 2. old files whose path is needed are renamed into the backup directory, new ones are linked (`apply`);
/// 3. the caller compiles and runs link scripts;
/// 4. new and edited records and the history are written aside [syncfs];
/// 5. the journal is renamed to `committed` [fsync of its directory]: this is the commit (`commit`);
/// 6. records take their place, old records, old files, the backup and empty directories go, `committed` last.
/// Stopped before 5, the next krait undoes all of it; stopped after 5, it does 6 again.
package final class PrefixTransaction: Sendable {
    private enum Stage { case planned, begun, applied, ended }

    package let change: PrefixChange
    /// Paths that several packages have.
    package var clobbers: [Clobber] { plan.clobbers }
    /// Files that no package owns, and that packages replace.
    package let replacedFiles: [String]
    /// What pip had installed under the names of packages that came or went, and that went with it: `click-8.1.3`.
    package let replacedDistributions: [String]
    /// Files of packages that went and that are still there, since others have them too.
    package let sharedFiles: [String]
    /// Where new files go.
    package let plan: LinkPlan
    private let journal: Journal
    private let edits: [String: RecordEdit]
    private let transfers: [Settlement.Transfer]
    private let directory: Descriptor
    private let lock: Mutex<PrefixLock?>
    private let cancellation: Cancellation?
    private let stage = Mutex<Stage>(.planned)

    /// Takes the lock, ends what a killed process left, and plans `change`; the prefix must be a directory.
    package init(_ change: PrefixChange, cancellation: Cancellation? = nil) throws(Failure) {
        self.change = change
        self.cancellation = cancellation
        if !change.overridesFrozen { try PrefixFiles.checkFrozen(change.target.root) }
        directory = try Descriptor.openDirectory(change.target.root)
        let root = directory.reference
        let (held, madeMetadata) = try Self.lock(change, at: root, cancellation)
        lock = Mutex(held)
        _ = try Recovery.run(at: root, change.target.root, key: change.key)
        let planned: TransactionPlan
        do throws(Failure) {
            var made = try TransactionPlan(change, state: try PrefixState.read(change.target.root), at: root)
            try made.link.checkSpace()
            made.journal.madeMetadata = madeMetadata
            planned = made
        } catch {
            if madeMetadata { try? SystemCall.removeDirectory(TransactionDirectory.metadata, at: root) }
            throw error
        }
        plan = planned.link
        journal = planned.journal
        edits = planned.edits
        transfers = planned.transfers
        replacedFiles = planned.replacedFiles
        replacedDistributions = planned.replacedDistributions
        sharedFiles = planned.sharedFiles
    }

    /// Makes `conda-meta` where there is none, and takes the lock on it.
    private static func lock(
        _ change: PrefixChange, at root: DirectoryReference, _ cancellation: Cancellation?
    ) throws(Failure) -> (lock: PrefixLock, madeMetadata: Bool) {
        let path = Path.join(change.target.root, TransactionDirectory.metadata)
        for _ in 0..<100 {
            var madeMetadata = false
            do throws(Errno) {
                try SystemCall.createDirectory(TransactionDirectory.metadata, at: root)
                madeMetadata = true
            } catch {
                if error != .exists { throw Failure(error, path, "make the directory") }
            }
            let lock: PrefixLock
            do throws(Failure) {
                lock = try PrefixLock(
                    at: root, prefix: change.target.root, seconds: change.lockSeconds, key: change.key,
                    cancellation: cancellation)
            } catch {
                if error.errno == .noEntry { continue }
                throw error
            }
            // Another process may have cleared it away, empty as it was.
            if lock.isHeld(at: root) { return (lock, madeMetadata) }
        }
        throw Failure(.lockTimeout, change.target.root, "other processes keep changing this environment")
    }

    /// Names of the directory that paths of the plan start from.
    package var root: DirectoryReference { directory.reference }

    private var synchronizes: Bool { change.synchronization != .never }

    /// Makes the transaction's directories: whoever finds them without a journal knows that scripts may have run, and
    /// that no file of a package was touched.
    package func begin() throws(Failure) {
        let isFirst = stage.withLock { stage in
            guard stage == .planned else { return false }
            stage = .begun
            return true
        }
        guard isFirst else { return }
        try TransactionDirectory.make(at: root, key: change.key)
        for path in [TransactionDirectory.backup, TransactionDirectory.records] {
            try FileSystem.createDirectory(path, at: root)
        }
    }

    /// Moves old files out of the way and links new ones. When it fails the prefix is as before.
    package func apply() throws(Failure) -> LinkedPackages {
        do throws(Failure) {
            try begin()
            try writeJournal()
            stage.withLock { $0 = .applied }
            try moveOldFiles()
            try transferFiles()
            return try plan.execute(at: root, isFresh: false, cancellation: cancellation)
        } catch {
            try rollBack(because: error)
        }
    }

    private func writeJournal() throws(Failure) {
        let bytes = try TransactionDirectory.marked(journal.serialized(), at: root, key: change.key)
        try writeNewFile(TransactionDirectory.draft, bytes, at: root)
        try synchronize(TransactionDirectory.draft)
        try FileSystem.rename(from: TransactionDirectory.draft, at: root, to: TransactionDirectory.journal, at: root)
        try synchronize(TransactionDirectory.path)
        try synchronize(TransactionDirectory.metadata)
    }

    private func moveOldFiles() throws(Failure) {
        var tree = Beneath(root, links: .followedBeneath)
        for (number, path) in journal.moved.enumerated() {
            if number & 255 == 0 { try cancellation?.check() }
            do throws(Errno) {
                try tree.rename(from: path, to: TransactionDirectory.backup(number))
            } catch {
                guard error == .noEntry || error == .notDirectory else {
                    throw Failure(error, Path.join(change.target.root, path), "move out of the way")
                }
                // Undoing must know that the file was missing before.
                try writeNewFile(TransactionDirectory.absence(number), [], at: root)
            }
        }
    }

    private func transferFiles() throws(Failure) {
        guard !transfers.isEmpty else { return }
        let numbers = Dictionary(
            uniqueKeysWithValues: journal.moved.enumerated().map { (ExactPath($0.element), $0.offset) })
        var tree = Beneath(root, links: .followedBeneath)
        for transfer in transfers {
            let from = numbers[ExactPath(transfer.from)].map { TransactionDirectory.backup($0) } ?? transfer.from
            do throws(Errno) {
                try tree.createDirectories(Path.parent(transfer.to))
                try tree.link(from: from, to: transfer.to)
            } catch {
                guard error != .noEntry, error != .exists else { continue }
                do throws(Errno) {
                    if try tree.status(from).kind == .symbolicLink {
                        try tree.symbolicLink(target: try tree.readLink(from), path: transfer.to)
                    } else {
                        try tree.copyFile(from: from, to: transfer.to)
                    }
                } catch {
                    throw Failure(error, Path.join(change.target.root, transfer.to), "link")
                }
            }
        }
    }

    /// Writes the records and makes the change final; returns when nothing is left to do.
    package func commit(_ linked: LinkedPackages) throws(Failure) {
        do throws(Failure) {
            try cancellation?.check()
            try linked.writeRecords(into: TransactionDirectory.records, at: root)
            for (path, edit) in edits {
                try writeNewFile(
                    "\(TransactionDirectory.records)/\(Path.name(path))", try edit.applied(to: path), at: root)
            }
            let old = try readFileIfPresent("\(TransactionDirectory.metadata)/history", limit: 1 << 28, at: root) ?? []
            try writeNewFile(
                "\(TransactionDirectory.records)/history",
                old + old.missingLineEnd + Array(change.revision.text.utf8), at: root)
            try synchronizeAll()
            try FileSystem.rename(
                from: TransactionDirectory.journal, at: root, to: TransactionDirectory.committed, at: root)
        } catch {
            try rollBack(because: error)
        }
        stage.withLock { $0 = .ended }
        try synchronize(TransactionDirectory.path)
        try journal.finish(at: root)
        lock.withLock { $0 = nil }
    }

    /// Brings back the prefix as it was, for a reason that lies outside (a link script that failed).
    package func rollBack() throws(Failure) {
        let was = stage.withLock { stage in
            defer { stage = .ended }
            return stage
        }
        try takeBack(was)
        lock.withLock { $0 = nil }
    }

    /// Brings back what was there before the stage that was reached.
    private func takeBack(_ stage: Stage) throws(Failure) {
        if stage == .ended { return }
        if stage != .planned, FileSystem.exists(TransactionDirectory.journal, at: root) {
            try journal.undo(at: root)
            return
        }
        if stage != .planned { try TransactionDirectory.remove(at: root) }
        if journal.madeMetadata { try FileSystem.removeDirectory(TransactionDirectory.metadata, at: root) }
    }

    private func rollBack(because failure: Failure) throws(Failure) -> Never {
        stage.withLock { $0 = .ended }
        do throws(Failure) {
            try takeBack(.applied)
        } catch {
            throw Failure(
                failure.code, failure.subject,
                "\(failure.reason); and the old state could not be brought back: \(error.subject): \(error.reason)",
                hint: "the next krait command on this prefix tries again", cause: failure)
        }
        throw failure
    }

    deinit { try? takeBack(stage.withLock { $0 }) }

    private func synchronize(_ path: String) throws(Failure) {
        guard synchronizes else { return }
        let opened = try Descriptor.open(path, .readOnly, at: root)
        do throws(Errno) {
            try SystemCall.synchronize(opened)
        } catch {
            throw Failure(error, path, "synchronize")
        }
    }

    private func synchronizeAll() throws(Failure) {
        guard synchronizes else { return }
        do throws(Errno) {
            try SystemCall.synchronizeFileSystem(directory)
        } catch {
            throw Failure(error, change.target.root, "synchronize")
        }
    }
}
