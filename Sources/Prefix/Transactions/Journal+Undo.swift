// SPDX-License-Identifier: BSD-3-Clause

import Failures
import Platform

extension Journal {
    /// Brings back the state before the transaction, from any point that it was stopped at; may be stopped and repeated.
    func undo(at root: DirectoryReference) throws(Failure) {
        // What stands at these paths, and below them, is what stood there before; a link may lead elsewhere.
        let old = Set(moved.indices.filter { !Self.wasMoved($0, at: root) }.map { ExactPath(moved[$0]) })
        func isMade(_ path: String) -> Bool {
            let path = ExactPath(path)
            return !old.contains(path) && !path.isBelow(old)
        }
        for path in made.reversed() where isMade(path) { try Self.unlinkIfPresent(path, at: root) }
        for directory in madeDirectories.reversed() where isMade(directory) { Self.removeMade(directory, at: root) }
        for (number, path) in moved.enumerated().reversed() {
            do throws(Errno) {
                try SystemCall.rename(from: TransactionDirectory.backup(number), at: root, to: path, at: root)
            } catch {
                if error != .noEntry { throw Failure(error, path, "put back") }
            }
        }
        try TransactionDirectory.remove(at: root)
        if madeMetadata { try FileSystem.removeDirectory(TransactionDirectory.metadata, at: root) }
    }

    private static func wasMoved(_ number: Int, at root: DirectoryReference) -> Bool {
        for name in [TransactionDirectory.backup(number), TransactionDirectory.absence(number)] {
            if (try? SystemCall.status(name, followLinks: false, at: root)) != nil { return true }
        }
        return false
    }

    static func unlinkIfPresent(_ path: String, at root: DirectoryReference) throws(Failure) {
        do throws(Errno) {
            try SystemCall.unlink(path, at: root)
        } catch {
            // A directory is never one of ours: it is what stood there before.
            guard error == .noEntry || error == .notDirectory || error == .isDirectory else {
                throw Failure(error, path, "remove")
            }
        }
    }

    /// Removes a directory that the transaction made; what others put there in the meantime stays, but for compiled
    /// files, which python writes beside sources that are gone again.
    private static func removeMade(_ path: String, at root: DirectoryReference) {
        do throws(Errno) {
            try SystemCall.removeDirectory(path, at: root)
        } catch {
            guard error == .notEmpty || error == .exists else { return }
            try? FileSystem.removeTree("\(path)/__pycache__", at: root)
            try? SystemCall.removeDirectory(path, at: root)
        }
    }
}
