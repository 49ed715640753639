// SPDX-License-Identifier: BSD-3-Clause
import Platform

/// Files found by the bytes of their names: one allocation for all of them, and used again for the next directory.
struct NameTable: Sendable {
    struct File: Sendable {
        fileprivate var start: Int
        fileprivate var length: Int
        var kind: FileKind
        var inode: UInt64
        /// The package whose cache entry has this very file under this name; -1 for none.
        var cachedBy: Int32 = -1
        /// Somebody knows of it.
        var isClaimed = false
    }

    var files: [File] = []
    private var text: [UInt8] = []
    /// Open addressing: 1 + the place in ``files``, 0 for free.
    private var slots = [Int32](repeating: 0, count: 256)

    /// Forgets everything.
    mutating func removeAll() {
        if !files.isEmpty { for slot in slots.indices { slots[slot] = 0 } }
        files.removeAll(keepingCapacity: true)
        text.removeAll(keepingCapacity: true)
    }

    /// Adds a file that is not there yet.
    mutating func insert(_ name: UnsafeRawBufferPointer, _ kind: FileKind, _ inode: UInt64) {
        files.append(File(start: text.count, length: name.count, kind: kind, inode: inode))
        text.append(contentsOf: name)
        if files.count * 2 > slots.count {
            slots = Array(repeating: 0, count: slots.count * 2)
            for place in files.indices { add(place) }
        } else {
            add(files.count - 1)
        }
    }

    /// The place in ``files`` of the one called `name`.
    func find(_ name: UnsafeRawBufferPointer) -> Int? {
        text.withUnsafeBytes { text in
            var slot = Self.hash(name) & (slots.count - 1)
            while slots[slot] != 0 {
                let place = Int(slots[slot]) - 1
                if files[place].length == name.count, ByteSearch.stands(name, in: text, at: files[place].start) {
                    return place
                }
                slot = (slot + 1) & (slots.count - 1)
            }
            return nil
        }
    }

    /// The name of the file at `place`.
    func name(_ place: Int) -> String {
        let file = files[place]
        return String(decoding: text[file.start..<file.start + file.length], as: UTF8.self)
    }

    private mutating func add(_ place: Int) {
        let file = files[place]
        var slot = text.withUnsafeBytes {
            Self.hash(UnsafeRawBufferPointer(rebasing: $0[file.start..<file.start + file.length]))
        }
        slot &= slots.count - 1
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = Int32(place) + 1
    }

    private static func hash(_ name: UnsafeRawBufferPointer) -> Int {
        let value = CompiledStore.hash(name)
        return Int(truncatingIfNeeded: value ^ value >> 32) & Int.max
    }
}
