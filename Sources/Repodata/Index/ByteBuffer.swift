// SPDX-License-Identifier: BSD-3-Clause
import Glibc

/// Bytes to which numbers and bytes are appended without ceremony; little-endian.
struct ByteBuffer: ~Copyable {
    private var start: UnsafeMutableRawPointer
    private(set) var count = 0
    private var capacity: Int

    init(capacity: Int = 4096) {
        self.capacity = capacity
        start = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { start.deallocate() }

    /// The bytes, until the next change.
    var raw: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

    /// Forgets the bytes and keeps the memory.
    mutating func removeAll() { count = 0 }

    @inline(__always)
    mutating func append<Number: FixedWidthInteger>(_ number: Number) {
        if count + MemoryLayout<Number>.size > capacity { grow(MemoryLayout<Number>.size) }
        (start + count).storeBytes(of: number.littleEndian, as: Number.self)
        count += MemoryLayout<Number>.size
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return }
        if count + bytes.count > capacity { grow(bytes.count) }
        memcpy(start + count, source, bytes.count)
        count += bytes.count
    }

    /// Appends zeros up to a multiple of `alignment`.
    mutating func pad(to alignment: Int) {
        while count % alignment != 0 { append(0 as UInt8) }
    }

    /// Writes `bytes` over what stands at `offset`.
    mutating func replace(at offset: Int, _ bytes: UnsafeRawBufferPointer) {
        precondition(offset + bytes.count <= count)
        if let source = bytes.baseAddress { memcpy(start + offset, source, bytes.count) }
    }

    @inline(never)
    private mutating func grow(_ needed: Int) {
        let larger = max(capacity * 2, count + needed)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        memcpy(memory, start, count)
        start.deallocate()
        start = memory
        capacity = larger
    }
}
