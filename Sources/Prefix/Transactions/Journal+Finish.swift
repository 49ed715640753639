// SPDX-License-Identifier: BSD-3-Clause

import Failures
import Platform

extension Journal {
    /// Does what is left to do after the commit, from any point that it was stopped at; may be stopped and repeated.
    func finish(at root: DirectoryReference) throws(Failure) {
        var tree = Beneath(root, links: .followedBeneath)
        try placeRecords(&tree)
        for name in records { try Self.unlinkIfPresent("\(TransactionDirectory.metadata)/\(name)", &tree) }
        // What lies below a path that was made is no longer what lay there: a link may lead elsewhere.
        let made = Set(self.made.map { ExactPath($0) })
        func isGone(_ path: String) -> Bool {
            let path = ExactPath(path)
            return !made.contains(path) && !path.isBelow(made)
        }
        for path in removed where isGone(path) { try Self.unlinkIfPresent(path, &tree) }
        do throws(Errno) {
            try tree.removeTree(TransactionDirectory.backup)
        } catch {
            throw Failure(error, TransactionDirectory.backup, "remove")
        }
        try DirectoryCleaning(
            removed: (removed + moved).filter(isGone), listed: emptied.filter(isGone), kept: keptDirectories
        ).run(at: root)
        try TransactionDirectory.remove(at: root)
    }

    /// Renames each new record, and the history, to its place.
    private func placeRecords(_ tree: inout Beneath) throws(Failure) {
        var names: [String] = []
        do throws(Errno) {
            let records = try tree.open(TransactionDirectory.records, [.readOnly, .directory])
            try FileSystem.forEachEntry(of: records) { name, _ in names.append(String(cString: name)) }
            for name in names {
                try tree.rename(
                    from: "\(TransactionDirectory.records)/\(name)", to: "\(TransactionDirectory.metadata)/\(name)")
            }
        } catch {
            if error != .noEntry { throw Failure(error, TransactionDirectory.records, "put in place") }
        }
    }
}
