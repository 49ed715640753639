// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures

/// What an archive has put where, so that nothing is written twice and no path leads through a file or a link.
struct EntryTable {
    enum Kind: UInt8 { case file, directory, symbolicLink, hardLink }

    struct Entry {
        var path: StringID
        var kind: Kind
        var mode: UInt16 = 0
        var size: UInt64 = 0
        /// The text of a symbolic link, or the path of the file that a hard link names.
        var target: StringID = 0
    }

    /// Paths, and targets of links.
    private(set) var strings = StringTable()
    private(set) var entries: [Entry] = []
    /// 1 + the place in ``entries`` of the path with this number; 0 when it is not the path of an entry.
    private var places: [UInt32] = []
    /// The directory of the last entry, which the next one usually shares.
    private var lastDirectory: [UInt8] = []

    init() {
        // Targets default to number 0, the empty text.
        _ = strings.intern("")
        places.append(0)
    }

    /// The entry at `path` (without NUL), if there is one.
    func find(_ path: StringID) -> Entry? {
        guard Int(path) < places.count, places[Int(path)] > 0 else { return nil }
        return entries[Int(places[Int(path)]) - 1]
    }

    /// The entry at `path`, if there is one.
    func find(_ path: String) -> Entry? { strings.find(path).flatMap { find($0) } }

    /// The text of a path or target.
    func text(_ id: StringID) -> String { strings[id] }

    mutating func intern(_ text: UnsafeRawBufferPointer) -> StringID {
        let id = strings.intern(text)
        while places.count <= Int(id) { places.append(0) }
        return id
    }

    /// Adds the entry at `path` (no NUL) unless the place is taken; answers whether it was free. Two directories of
    /// one path are one.
    mutating func add(_ path: UnsafeRawBufferPointer, _ kind: Kind) -> (added: Bool, clash: Bool) {
        let id = intern(path)
        if let present = find(id) {
            return (false, !(present.kind == .directory && kind == .directory))
        }
        entries.append(Entry(path: id, kind: kind))
        places[Int(id)] = UInt32(entries.count)
        return (true, false)
    }

    /// Changes the entry added last.
    mutating func updateLast(_ body: (inout Entry) -> Void) { body(&entries[entries.count - 1]) }

    /// Whether the directory of `path` is the one of the call before, which then exists.
    mutating func isSameDirectory(_ directory: UnsafeRawBufferPointer) -> Bool {
        if lastDirectory.count == directory.count, lastDirectory.elementsEqual(directory) { return true }
        lastDirectory.removeAll(keepingCapacity: true)
        lastDirectory.append(contentsOf: directory)
        return false
    }
}
