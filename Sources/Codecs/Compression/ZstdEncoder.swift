// SPDX-License-Identifier: BSD-3-Clause

internal import CZstd
package import Failures

/// Compresses bytes that arrive in pieces into one Zstandard frame.
package struct ZstdEncoder: ~Copyable {
    private let context: OpaquePointer
    private let subject: String

    /// `level` is 1…22; `subject` names the data in failures.
    package init(subject: String, level: Int32 = 3) throws(Failure) {
        guard let context = ZSTD_createCCtx() else { throw Failure(.system, subject, "no memory to compress") }
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
        ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
        self.context = context
        self.subject = subject
    }

    deinit { ZSTD_freeCCtx(context) }

    /// Takes from the front of `input` and writes into `output` until one of them is used up.
    package mutating func encode(
        _ input: inout UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(Failure) -> Int {
        try step(&input, output, ZSTD_e_continue).written
    }

    /// Writes the rest of the frame; call it until `isDone`.
    package mutating func finish(
        into output: UnsafeMutableRawBufferPointer
    ) throws(Failure) -> (written: Int, isDone: Bool) {
        var nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        return try step(&nothing, output, ZSTD_e_end)
    }

    private mutating func step(
        _ input: inout UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer, _ directive: ZSTD_EndDirective
    ) throws(Failure) -> (written: Int, isDone: Bool) {
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let left = ZSTD_compressStream2(context, &target, &source, directive)
        guard ZSTD_isError(left) == 0 else {
            throw Failure(.system, subject, "zstd: \(String(cString: ZSTD_getErrorName(left)))")
        }
        input = UnsafeRawBufferPointer(rebasing: input[source.pos...])
        return (target.pos, left == 0)
    }
}

/// `bytes` as one Zstandard frame.
package func zstdCompress(_ bytes: [UInt8], subject: String, level: Int32 = 3) throws(Failure) -> [UInt8] {
    var failure: Failure?
    let frame = [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(bytes.count)) { buffer, count in
        let result = ZSTD_compress(buffer.baseAddress, buffer.count, bytes, bytes.count, level)
        if ZSTD_isError(result) == 0 {
            count = result
        } else {
            failure = Failure(.system, subject, "zstd: \(String(cString: ZSTD_getErrorName(result)))")
        }
    }
    if let failure { throw failure }
    return frame
}
