// SPDX-License-Identifier: BSD-3-Clause

import Conda
import Failures

/// What a transaction is going to do to a prefix, written down before it does anything, so that whoever finds it can
/// undo all of it or finish it.
///
/// Nothing in it says how far the work has come: that is read off the tree. A path in ``moved`` was moved if and only
/// if it stands in the backup directory under its number; everything else may be done twice.
struct Journal: Sendable, Equatable {
    /// Paths that go out of the way, by number, into the backup directory: old files whose path is needed.
    var moved: [String] = []
    /// Old files whose path nobody needs: they are removed after the commit.
    var removed: [String] = []
    /// Paths that are made.
    var made: [String] = []
    /// Directories that are made, parents first.
    var madeDirectories: [String] = []
    /// Directories that only the old packages listed: removed when empty.
    var emptied: [String] = []
    /// Directories that packages of the result list: they stay when they are empty.
    var keptDirectories: [String] = []
    /// Names of records that are removed after the commit.
    var records: [String] = []
    /// Whether `conda-meta` itself was made for this.
    var madeMetadata = false
    /// The process that wrote it.
    var process: Int32 = 0

    init() {}

    private static let header = "krait-journal 1"

    /// The file's bytes: NUL after each item, for paths may hold everything else.
    func serialized() -> [UInt8] {
        var bytes: [UInt8] = []
        func item(_ tag: Character, _ text: String) {
            bytes.append(contentsOf: String(tag).utf8)
            bytes.append(contentsOf: text.utf8)
            bytes.append(0)
        }
        item("H", Self.header)
        item("P", String(process))
        if madeMetadata { item("C", "") }
        for path in moved { item("O", path) }
        for path in removed { item("D", path) }
        for path in made { item("N", path) }
        for path in madeDirectories { item("M", path) }
        for path in emptied { item("S", path) }
        for path in keptDirectories { item("K", path) }
        for name in records { item("R", name) }
        item("E", "")
        return bytes
    }

    /// The journal of a file's bytes; nil when they are not whole.
    ///
    /// - Throws: `Failure(.integrity)` naming a path that leads out of the prefix.
    init?(_ bytes: [UInt8]) throws(Failure) {
        var isWhole = false
        var hasHeader = false
        for item in bytes.split(separator: 0) {
            let text = String(decoding: item.dropFirst(), as: UTF8.self)
            switch item.first {
            case UInt8(ascii: "H"): hasHeader = text == Self.header
            case UInt8(ascii: "P"): process = Int32(text) ?? 0
            case UInt8(ascii: "C"): madeMetadata = true
            case UInt8(ascii: "O"): moved.append(text)
            case UInt8(ascii: "D"): removed.append(text)
            case UInt8(ascii: "N"): made.append(text)
            case UInt8(ascii: "M"): madeDirectories.append(text)
            case UInt8(ascii: "S"): emptied.append(text)
            case UInt8(ascii: "K"): keptDirectories.append(text)
            case UInt8(ascii: "R"): records.append(text)
            case UInt8(ascii: "E"): isWhole = true
            default: return nil
            }
        }
        guard isWhole, hasHeader else { return nil }
        for path in [moved, removed, made, madeDirectories, emptied, records].joined() where !SafePath.isSafe(path) {
            throw Failure(
                .integrity, TransactionDirectory.path, "the journal of an interrupted change names `\(path)`",
                hint: "krait did not write it: look at the directory, and remove it by hand")
        }
    }
}
