// SPDX-License-Identifier: BSD-3-Clause

/// Room of one thread to put NUL-terminated paths together in.
final class PathBuffer {
    /// Three of the longest paths that a system call takes: a prefix, a directory and a name each stay below one.
    private static let capacity = 3 * 4096 + 16
    private let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: PathBuffer.capacity)

    deinit { bytes.deallocate() }

    /// `first` and `second` one after the other, and a NUL; valid until the next call.
    func join(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> UnsafePointer<CChar> {
        precondition(first.count + second.count < Self.capacity, "a path is longer than any system takes")
        let raw = UnsafeMutableRawPointer(bytes)
        if let base = first.baseAddress { raw.copyMemory(from: base, byteCount: first.count) }
        if let base = second.baseAddress { (raw + first.count).copyMemory(from: base, byteCount: second.count) }
        bytes[first.count + second.count] = 0
        return UnsafeRawPointer(bytes).assumingMemoryBound(to: CChar.self)
    }
}
