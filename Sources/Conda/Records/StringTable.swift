// SPDX-License-Identifier: BSD-3-Clause

/// The number of an interned string in a ``StringTable``; equal text has equal numbers within one table.
package typealias StringID = UInt32

/// Interned byte strings: each distinct text is stored once and named by a small number.
package struct StringTable: Sendable {
    /// All texts one after another.
    private var bytes: [UInt8] = []
    /// Where text `id` begins in `bytes`; one more entry marks the end of the last.
    private var starts: [UInt32] = [0]
    /// Open addressing: id + 1, or 0 for a free slot; the count is a power of two.
    private var slots: [UInt32] = Array(repeating: 0, count: 1024)

    package init() {}

    /// How many distinct texts there are; ids are `0 ..< count`.
    package var count: Int { starts.count - 1 }

    /// The id of `text`, stored first if it is new.
    package mutating func intern(_ text: UnsafeRawBufferPointer) -> StringID {
        var slot = Self.hash(text) & (slots.count - 1)
        while slots[slot] != 0 {
            let id = slots[slot] - 1
            if equals(id, text) { return id }
            slot = (slot + 1) & (slots.count - 1)
        }
        let id = StringID(count)
        bytes.append(contentsOf: text)
        starts.append(UInt32(bytes.count))
        slots[slot] = id + 1
        if count * 2 > slots.count { grow() }
        return id
    }

    /// The id of `text`, stored first if it is new.
    package mutating func intern(_ text: String) -> StringID {
        var text = text
        return text.withUTF8 { intern(UnsafeRawBufferPointer($0)) }
    }

    /// The id of `text` if it is stored.
    package func find(_ text: String) -> StringID? {
        var text = text
        return text.withUTF8 { buffer in
            let raw = UnsafeRawBufferPointer(buffer)
            var slot = Self.hash(raw) & (slots.count - 1)
            while slots[slot] != 0 {
                let id = slots[slot] - 1
                if equals(id, raw) { return id }
                slot = (slot + 1) & (slots.count - 1)
            }
            return nil
        }
    }

    /// The text of `id`.
    package subscript(id: StringID) -> String {
        withBytes(of: id) { String(decoding: $0, as: UTF8.self) }
    }

    /// Calls `body` with the UTF-8 bytes of `id`, valid only during the call.
    package func withBytes<Result>(
        of id: StringID, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try bytes.withUnsafeBytes { all in
            try body(UnsafeRawBufferPointer(rebasing: all[Int(starts[Int(id)])..<Int(starts[Int(id) + 1])]))
        }
    }

    private func equals(_ id: StringID, _ text: UnsafeRawBufferPointer) -> Bool {
        withBytes(of: id) { $0.count == text.count && $0.elementsEqual(text) }
    }

    private mutating func grow() {
        var larger = [UInt32](repeating: 0, count: slots.count * 2)
        for id in 0..<StringID(count) {
            var slot = withBytes(of: id) { Self.hash($0) } & (larger.count - 1)
            while larger[slot] != 0 { slot = (slot + 1) & (larger.count - 1) }
            larger[slot] = id + 1
        }
        slots = larger
    }

    /// FNV-1a folded; texts are short and come from channels that are checked by hash.
    private static func hash(_ text: UnsafeRawBufferPointer) -> Int {
        var value: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Int(truncatingIfNeeded: value ^ (value >> 32))
    }
}
