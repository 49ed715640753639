// SPDX-License-Identifier: BSD-3-Clause
import Glibc

/// Byte strings, each stored once and numbered from 0; emptied without giving its memory back.
struct ByteInterner: ~Copyable {
    /// All strings one after another.
    private(set) var bytes: UnsafeMutablePointer<UInt8>
    private(set) var byteCount = 0
    private var byteCapacity: Int
    /// Where each string begins; one more marks the end of the last.
    private(set) var starts: UnsafeMutablePointer<UInt32>
    private(set) var count = 0
    private var startCapacity: Int
    /// Open addressing: generation (16 bits), part of the hash (16), number (32).
    private var slots: UnsafeMutablePointer<UInt64>
    private var slotCount: Int
    private var generation: UInt64 = 1

    init(slots slotCount: Int = 256) {
        byteCapacity = 4096
        bytes = .allocate(capacity: byteCapacity)
        startCapacity = 256
        starts = .allocate(capacity: startCapacity)
        starts[0] = 0
        self.slotCount = slotCount
        slots = .allocate(capacity: slotCount)
        slots.initialize(repeating: 0, count: slotCount)
    }

    deinit {
        bytes.deallocate()
        starts.deallocate()
        slots.deallocate()
    }

    /// The number of a string, and whether it is new.
    @inline(__always)
    mutating func intern(_ start: UnsafePointer<UInt8>, _ length: Int) -> (number: UInt32, isNew: Bool) {
        let hash = ByteHash.short(start, length)
        let mark = generation << 48 | (hash >> 48) << 32
        var slot = Int(truncatingIfNeeded: hash) & (slotCount - 1)
        while true {
            let entry = slots[slot]
            if entry >> 48 != generation { break }
            if entry & 0xffff_ffff_0000_0000 == mark {
                let number = Int(entry & 0xffff_ffff)
                let begin = Int(starts[number])
                if Int(starts[number + 1]) - begin == length, memcmp(bytes + begin, start, length) == 0 {
                    return (UInt32(number), false)
                }
            }
            slot = (slot + 1) & (slotCount - 1)
        }
        return (add(start, length, mark, slot), true)
    }

    /// The number of the bytes of `text`.
    mutating func intern(_ text: String) -> (number: UInt32, isNew: Bool) {
        var text = text
        return text.withUTF8 { buffer in
            guard let start = buffer.baseAddress else { return intern(UnsafePointer(bytes), 0) }
            return intern(start, buffer.count)
        }
    }

    /// The number of `text` if it is there.
    func find(_ text: String) -> UInt32? {
        var text = text
        return text.withUTF8 { buffer in
            guard let start = buffer.baseAddress else { return nil }
            let hash = ByteHash.short(start, buffer.count)
            let mark = generation << 48 | (hash >> 48) << 32
            var slot = Int(truncatingIfNeeded: hash) & (slotCount - 1)
            while slots[slot] >> 48 == generation {
                if slots[slot] & 0xffff_ffff_0000_0000 == mark {
                    let number = UInt32(truncatingIfNeeded: slots[slot])
                    if self.text(number).hasSameBytes(as: UnsafeRawBufferPointer(buffer)) { return number }
                }
                slot = (slot + 1) & (slotCount - 1)
            }
            return nil
        }
    }

    /// The bytes of string `number`, until the next change.
    func text(_ number: UInt32) -> UnsafeRawBufferPointer {
        let begin = Int(starts[Int(number)])
        return UnsafeRawBufferPointer(start: bytes + begin, count: Int(starts[Int(number) + 1]) - begin)
    }

    /// Forgets all strings.
    mutating func removeAll() {
        byteCount = 0
        count = 0
        generation += 1
        if generation == 1 << 16 {
            slots.update(repeating: 0, count: slotCount)
            generation = 1
        }
    }

    @inline(never)
    private mutating func add(_ start: UnsafePointer<UInt8>, _ length: Int, _ mark: UInt64, _ slot: Int) -> UInt32 {
        if byteCount + length > byteCapacity {
            let capacity = max(byteCapacity * 2, byteCount + length)
            let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
            larger.update(from: bytes, count: byteCount)
            // `start` may lie in the old bytes, so they go last.
            memcpy(larger + byteCount, start, length)
            bytes.deallocate()
            bytes = larger
            byteCapacity = capacity
        } else {
            memcpy(bytes + byteCount, start, length)
        }
        byteCount += length
        precondition(byteCount <= Int(UInt32.max), "more text than an index holds")
        if count + 2 > startCapacity {
            let larger = UnsafeMutablePointer<UInt32>.allocate(capacity: startCapacity * 2)
            larger.update(from: starts, count: count + 1)
            starts.deallocate()
            starts = larger
            startCapacity *= 2
        }
        slots[slot] = mark | UInt64(count)
        count += 1
        starts[count] = UInt32(byteCount)
        let number = UInt32(count - 1)
        if count * 2 > slotCount { grow() }
        return number
    }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<UInt64>.allocate(capacity: slotCount * 4)
        larger.initialize(repeating: 0, count: slotCount * 4)
        slots.deallocate()
        slots = larger
        slotCount *= 4
        generation = 1
        for number in 0..<count {
            let begin = Int(starts[number])
            let hash = ByteHash.short(bytes + begin, Int(starts[number + 1]) - begin)
            var slot = Int(truncatingIfNeeded: hash) & (slotCount - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (slotCount - 1) }
            slots[slot] = generation << 48 | (hash >> 48) << 32 | UInt64(number)
        }
    }
}
