// SPDX-License-Identifier: BSD-3-Clause

import Failures
import Platform

/// Where a transaction keeps its things, inside `conda-meta`, so that all renames stay on one file system.
enum TransactionDirectory {
    static let metadata = "conda-meta"
    /// Its existence means that somebody is, or was, changing the prefix.
    static let path = "conda-meta/.krait-transaction"
    /// The journal while it is being written: nothing has been touched.
    static let draft = path + "/journal.new"
    /// The journal of a transaction that is undone when found.
    static let journal = path + "/journal"
    /// The journal of a transaction that is finished when found. The rename to this name is the commit.
    static let committed = path + "/committed"
    /// A new environment in its place whose link scripts have not ended: removed when found.
    static let unfinished = path + "/new"
    /// Old files by their number in the journal.
    static let backup = path + "/old"
    /// Records and history that take their place at the end.
    static let records = path + "/records"

    static func backup(_ number: Int) -> String { "\(backup)/\(number)" }
    /// Stands for an old file that was not there when it should have been moved.
    static func absence(_ number: Int) -> String { "\(backup)/\(number).absent" }

    /// Removes all of it, the journal last, and what scripts left to be told by a process that was killed.
    static func remove(at root: DirectoryReference) throws(Failure) {
        try FileSystem.unlink(LinkScripts.messages, at: root)
        try FileSystem.removeTree(backup, at: root)
        try FileSystem.removeTree(records, at: root)
        for name in [draft, journal, committed, unfinished] { try FileSystem.unlink(name, at: root) }
        try FileSystem.removeTree(path, at: root)
    }
}
