// SPDX-License-Identifier: BSD-3-Clause
import Glibc

/// A file that holds the input which is being tried: its length, how many there were before it, eight bytes each, then it.
struct PresentInput: ~Copyable {
    private let memory: UnsafeMutableRawPointer
    private static let capacity = 4 << 20

    /// Makes the file; nil when that does not work.
    init?(_ path: String) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o644)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard ftruncate(descriptor, off_t(Self.capacity)) == 0,
            let memory = mmap(nil, Self.capacity, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
            memory != MAP_FAILED
        else { return nil }
        self.memory = memory
    }

    deinit { munmap(memory, Self.capacity) }

    /// Notes an input that is about to be tried.
    func set(_ input: [UInt8], before executions: Int) {
        let count = min(input.count, Self.capacity - 16)
        memory.storeBytes(of: UInt64(count), as: UInt64.self)
        memory.storeBytes(of: UInt64(executions), toByteOffset: 8, as: UInt64.self)
        input.withUnsafeBytes { bytes in
            if let start = bytes.baseAddress { (memory + 16).copyMemory(from: start, byteCount: count) }
        }
    }
}
