// SPDX-License-Identifier: BSD-3-Clause

package import Failures
import Platform

/// What a transaction directory holds that nobody is at work in, once it is known who began it.
enum InterruptedChange {
    /// A new environment whose link scripts have not ended.
    case unfinished
    /// To be finished.
    case committed(Journal)
    /// To be undone.
    case begun(Journal)
    /// It never came to a journal, so it touched nothing.
    case untouched

    /// Journals are not larger; what is larger is not ours.
    private static let limit = 64 << 20

    /// What stands below `root`; nil when there is nothing.
    ///
    /// - Throws: `Failure` when it is not a directory of this user's krait on this machine, unless `isForced`, and when
    ///   it is not what krait writes.
    static func find(
        at root: DirectoryReference, _ prefix: String, key: ChangeKey, isForced: Bool
    ) throws(Failure) -> InterruptedChange? {
        guard let status = try FileSystem.status(TransactionDirectory.path, followLinks: false, at: root) else {
            return nil
        }
        let path = Path.join(prefix, TransactionDirectory.path)
        guard status.kind == .directory else {
            throw Failure(.other, path, "is not a directory", hint: "krait did not make it: remove it by hand")
        }
        guard status.isOwn || status.owner == 0 else {
            throw Failure(
                .other, prefix, "an interrupted change here belongs to user \(status.owner)",
                hint: "have that user run `krait doctor -p \(prefix) --fix`")
        }
        guard !status.isWritableByOthers else {
            throw Failure(
                .other, path, "other users can write to it, so what it says of an interrupted change is not believed",
                hint: "krait did not make it so: look at it, and remove it by hand")
        }
        for (name, isJournal) in [
            (TransactionDirectory.unfinished, false), (TransactionDirectory.committed, true),
            (TransactionDirectory.journal, true), (TransactionDirectory.begun, false),
        ] {
            guard let bytes = try read(name, at: root) else { continue }
            // Its maker was killed before it could say who it was, and so before anything else.
            if name == TransactionDirectory.begun, bytes.isEmpty, try holdsOnly(name, at: root) { return .untouched }
            let (contents, mark) = TransactionDirectory.parts(of: bytes)
            // A journal is not tied to the directory; what has no contents is.
            let place = isJournal ? 0 : status.inode
            guard isForced || key.vouches(for: contents, in: place, mark: mark) else { throw stranger(prefix) }
            if name == TransactionDirectory.unfinished { return .unfinished }
            guard isJournal else { return .untouched }
            if let journal = try Journal(contents) {
                return name == TransactionDirectory.committed ? .committed(journal) : .begun(journal)
            }
            if name == TransactionDirectory.journal {
                throw Failure(
                    .integrity, path, "the journal of an interrupted transaction is damaged",
                    hint: "its old files are in \(TransactionDirectory.backup)")
            }
        }
        // Nothing says whose it is; an empty one was made a moment before its maker was killed.
        if isForced || !key.isThere { return .untouched }
        guard try holdsOnly(nil, at: root) else { throw stranger(prefix) }
        return .untouched
    }

    /// Whether the directory holds the file `path` alone, or nothing.
    private static func holdsOnly(_ path: String?, at root: DirectoryReference) throws(Failure) -> Bool {
        try FileSystem.entries(TransactionDirectory.path, at: root).map(\.name) == (path.map { [Path.name($0)] } ?? [])
    }

    private static func read(_ name: String, at root: DirectoryReference) throws(Failure) -> [UInt8]? {
        var tree = Beneath(root)
        do throws(Errno) {
            let file = try tree.open(name, [.readOnly, .nonBlocking])
            guard try SystemCall.status(of: file).kind == .regular else { throw .invalid }
            do throws(Failure) {
                return try readAll(file, limit: limit, subject: name)
            } catch {
                throw error.errno ?? .inputOutput
            }
        } catch {
            if error == .noEntry { return nil }
            throw Failure(error, name, "read")
        }
    }

    private static func stranger(_ prefix: String) -> Failure {
        Failure(
            .other, prefix, "holds an interrupted change that your krait did not begin on this machine",
            hint: "`krait doctor -p \(prefix)` tells what it is, and with `--fix` ends it")
    }

    /// What ending it would do, for people.
    var text: String {
        switch self {
        case .unfinished: "a new environment was never finished: its packages' files would be removed"
        case .committed(let journal):
            "a change was nearly finished: \(journal.removed.count) old files would be removed, new records put in place"
        case .begun(let journal):
            "a change was not finished: \(journal.made.count) new files would be removed, "
                + "\(journal.moved.count) old ones put back"
        case .untouched: "a change was begun and touched nothing: its directory would be removed"
        }
    }
}

extension Recovery {
    /// What `run` with `isForced` would do to `prefix`, for people; nil when nothing was interrupted.
    ///
    /// - Throws: `Failure` when it cannot be ended.
    package static func description(_ prefix: String) throws(Failure) -> String? {
        guard standing(prefix) == .interrupted else { return nil }
        let root = try Descriptor.openDirectory(prefix)
        return try InterruptedChange.find(at: root.reference, prefix, key: .none, isForced: true)?.text
    }
}
