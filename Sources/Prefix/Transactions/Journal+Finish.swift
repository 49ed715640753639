// SPDX-License-Identifier: BSD-3-Clause

import Failures
import Platform

extension Journal {
    /// Does what is left to do after the commit, from any point that it was stopped at; may be stopped and repeated.
    func finish(at root: DirectoryReference) throws(Failure) {
        try placeRecords(at: root)
        for name in records { try FileSystem.unlink("\(TransactionDirectory.metadata)/\(name)", at: root) }
        // What lies below a path that was made is no longer what lay there: a link may lead elsewhere.
        let made = Set(self.made.map { ExactPath($0) })
        func isGone(_ path: String) -> Bool {
            let path = ExactPath(path)
            return !made.contains(path) && !path.isBelow(made)
        }
        for path in removed where isGone(path) { try Self.unlinkIfPresent(path, at: root) }
        try FileSystem.removeTree(TransactionDirectory.backup, at: root)
        try DirectoryCleaning(
            removed: (removed + moved).filter(isGone), listed: emptied.filter(isGone), kept: keptDirectories
        ).run(at: root)
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
