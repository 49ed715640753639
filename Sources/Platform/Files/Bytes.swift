// SPDX-License-Identifier: BSD-3-Clause
import CShims
import Failures

extension [UInt8] {
    /// Like `withUnsafeBytes`, but keeps the type of a thrown error.
    package func withBytes<Result, Thrown: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Thrown) -> Result
    ) throws(Thrown) -> Result {
        try withBuffer { (buffer) throws(Thrown) in try body(UnsafeRawBufferPointer(buffer)) }
    }

    /// Like `withUnsafeMutableBytes`, but keeps the type of a thrown error.
    package mutating func withMutableBytes<Result, Thrown: Error>(
        _ body: (UnsafeMutableRawBufferPointer) throws(Thrown) -> Result
    ) throws(Thrown) -> Result {
        try withMutableBuffer { (buffer) throws(Thrown) in
            try body(UnsafeMutableRawBufferPointer(buffer))
        }
    }

    /// The line end that has to come before more lines; nothing where there is one.
    package var missingLineEnd: [UInt8] { isEmpty || last == UInt8(ascii: "\n") ? [] : [UInt8(ascii: "\n")] }
}

extension UnsafeRawBufferPointer {
    /// Where `bytes` first occur at or after `start`.
    package func firstOffset(of bytes: [UInt8], from start: Int = 0) -> Int? {
        guard let base = baseAddress, start <= count, !bytes.isEmpty else { return nil }
        guard let found = krait_find_bytes(base + start, count - start, bytes, bytes.count) else { return nil }
        return found - base
    }
}
