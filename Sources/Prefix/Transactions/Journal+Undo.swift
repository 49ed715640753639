// SPDX-License-Identifier: BSD-3-Clause

import Failures
import Platform

extension Journal {
    /// Brings back the state before the transaction, from any point that it was stopped at; may be stopped and repeated.
    func undo(at root: DirectoryReference) throws(Failure) {
        var tree = Beneath(root, links: .followedBeneath)
        // What stands at these paths, and below them, is what stood there before; a link may lead elsewhere.
        var old: Set<ExactPath> = []
        for (number, path) in moved.enumerated() where !Self.wasMoved(number, &tree) { old.insert(ExactPath(path)) }
        func isMade(_ path: String) -> Bool {
            let path = ExactPath(path)
            return !old.contains(path) && !path.isBelow(old)
        }
        for path in made.reversed() where isMade(path) { try Self.unlinkIfPresent(path, &tree) }
        for directory in madeDirectories.reversed() where isMade(directory) { Self.removeMade(directory, &tree) }
        for (number, path) in moved.enumerated().reversed() {
            do throws(Errno) {
                try tree.rename(from: TransactionDirectory.backup(number), to: path)
            } catch {
                if error != .noEntry { throw Failure(error, path, "put back") }
            }
        }
        try TransactionDirectory.remove(at: root)
        if madeMetadata { try FileSystem.removeDirectory(TransactionDirectory.metadata, at: root) }
    }

    private static func wasMoved(_ number: Int, _ tree: inout Beneath) -> Bool {
        for name in [TransactionDirectory.backup(number), TransactionDirectory.absence(number)] {
            if (try? tree.status(name)) != nil { return true }
        }
        return false
    }

    static func unlinkIfPresent(_ path: String, _ tree: inout Beneath) throws(Failure) {
        do throws(Errno) {
            try tree.unlink(path)
        } catch {
            // A directory is never one of ours: it is what stood there before.
            guard error == .noEntry || error == .notDirectory || error == .isDirectory else {
                throw Failure(error, path, "remove")
            }
        }
    }

    /// Removes a directory that the transaction made; what others put there in the meantime stays, but for compiled
    /// files, which python writes beside sources that are gone again.
    private static func removeMade(_ path: String, _ tree: inout Beneath) {
        do throws(Errno) {
            try tree.removeDirectory(path)
        } catch {
            guard error == .notEmpty || error == .exists else { return }
            try? tree.removeTree("\(path)/__pycache__")
            try? tree.removeDirectory(path)
        }
    }
}
