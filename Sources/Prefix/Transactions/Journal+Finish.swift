// SPDX-License-Identifier: BSD-3-Clause

import Failures
import Platform

extension Journal {
    /// Does what is left to do after the commit, from any point that it was stopped at; may be stopped and repeated.
    func finish(at root: DirectoryReference) throws(Failure) {
        try placeRecords(at: root)
        for name in records { try FileSystem.unlink("\(TransactionDirectory.metadata)/\(name)", at: root) }
        let made = Set(self.made)
        let gone = (removed + moved).filter { !made.contains($0) }
        for path in removed where !made.contains(path) { try Self.unlinkIfPresent(path, at: root) }
        try FileSystem.removeTree(TransactionDirectory.backup, at: root)
        try DirectoryCleaning(removed: gone, listed: emptied).run(at: root)
        try TransactionDirectory.remove(at: root)
    }

    /// Renames each new record, and the history, to its place.
    private func placeRecords(at root: DirectoryReference) throws(Failure) {
        guard FileSystem.isDirectory(TransactionDirectory.records, at: root) else { return }
        for entry in try FileSystem.entries(TransactionDirectory.records, at: root) {
            try FileSystem.rename(
                from: "\(TransactionDirectory.records)/\(entry.name)", at: root,
                to: "\(TransactionDirectory.metadata)/\(entry.name)", at: root)
        }
    }
}
