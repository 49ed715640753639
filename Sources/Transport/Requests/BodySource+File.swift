// SPDX-License-Identifier: BSD-3-Clause
package import Failures
import Platform

extension BodySource {
    /// Writes what is left of the body to a new file of this user alone; `each` sees the bytes on the way, and may refuse them.
    ///
    /// - Throws: `Failure` of the transfer, or `Failure(.system)` when the name is taken or the disk is full.
    package mutating func write(
        toNewFile path: String, each: (UnsafeRawBufferPointer) throws(Failure) -> Void = { (_) throws(Failure) in }
    ) throws(Failure) {
        let file = try Descriptor.open(path, .newFile, mode: 0o600)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = try read(into: buffer)
            if count == 0 { return }
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            try each(bytes)
            do throws(Errno) { try SystemCall.writeAll(file, bytes) } catch { throw Failure(error, path, "write") }
        }
    }
}
