// SPDX-License-Identifier: BSD-3-Clause

internal import CZstd
package import Failures

/// Decompresses Zstandard frames as their bytes arrive.
package struct ZstdDecoder: ~Copyable, StreamDecoder {
    private let context: OpaquePointer
    private let subject: String
    /// True between frames: at the beginning and after each end of a frame. Bytes that end while it is false are cut off.
    package private(set) var isBetweenFrames = true

    /// `maximumWindowLog` bounds the memory a frame may ask for (2ⁿ bytes, 10…31); `subject` names the data in failures.
    package init(subject: String, maximumWindowLog: Int32 = 27) throws(Failure) {
        guard let context = ZSTD_createDCtx() else { throw Failure(.system, subject, "no memory to decompress") }
        ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, maximumWindowLog)
        self.context = context
        self.subject = subject
    }

    /// Whether a frame was understood so far.
    private var hasBegun = false

    deinit { ZSTD_freeDCtx(context) }

    package mutating func decode(
        _ input: inout UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(Failure) -> (written: Int, frameEnded: Bool) {
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let wasBetweenFrames = isBetweenFrames
        while true {
            let result = ZSTD_decompressStream(context, &target, &source)
            guard ZSTD_isError(result) == 0 else {
                throw Failure(
                    .integrity, subject, "zstd: \(String(cString: ZSTD_getErrorName(result)))",
                    cause: hasBegun || ZSTD_getErrorCode(result) != ZSTD_error_prefix_unknown ? nil : NotZstd())
            }
            hasBegun = hasBegun || target.pos > 0 || result == 0
            isBetweenFrames = result == 0
            if result == 0 || source.pos == source.size || target.pos == target.size { break }
        }
        // Asked with nothing between frames, zstd wants the next frame; that is no frame begun.
        if source.pos == 0, target.pos == 0, wasBetweenFrames { isBetweenFrames = true }
        input = UnsafeRawBufferPointer(rebasing: input[source.pos...])
        return (target.pos, isBetweenFrames && (source.pos > 0 || target.pos > 0 || !wasBetweenFrames))
    }

    package func end() throws(Failure) {
        guard isBetweenFrames else { throw Failure(.integrity, subject, "zstd: the data is truncated") }
    }
}

/// The cause of a failure when data are something else than zstd from their first byte on.
package struct NotZstd: Error {}

extension ZstdDecoder {
    /// Everything in the frames of `bytes`, at most `limit` bytes of it; the decoder may be used again for others.
    package mutating func decompress(_ bytes: UnsafeRawBufferPointer, limit: Int) throws(Failure) -> [UInt8] {
        ZSTD_DCtx_reset(context, ZSTD_reset_session_only)
        isBetweenFrames = true
        let declared = declaredSize(bytes)
        if let declared, declared > UInt64(limit) {
            throw Failure(.integrity, subject, "decompresses to \(declared) bytes, more than \(limit)")
        }
        var input = bytes
        var output: [UInt8] = []
        var written = 0
        while true {
            if written == output.count {
                // One byte more than the limit shows that there is too much.
                let likely = declared.map { Int($0) } ?? bytes.count * 4
                let size = min(limit + 1, max(output.count * 2, likely + 1, 4096))
                output.append(contentsOf: repeatElement(0, count: size - output.count))
            }
            written += try output.withMutableBuffer { (buffer) throws(Failure) in
                let free = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[written...])
                return try decode(&input, into: free).written
            }
            guard written <= limit else {
                throw Failure(.integrity, subject, "decompresses to more than \(limit) bytes")
            }
            if input.isEmpty, written < output.count { break }
        }
        try end()
        output.removeLast(output.count - written)
        return output
    }

    /// What the first frame says of its size; nil when it does not.
    private func declaredSize(_ bytes: UnsafeRawBufferPointer) -> UInt64? {
        let size = ZSTD_getFrameContentSize(bytes.baseAddress, bytes.count)
        // The two highest numbers say "unknown" and "no frame".
        return size < UInt64.max - 1 ? size : nil
    }
}

/// How much `count` bytes of a stranger's index may become: 64 MB, and 200 times what arrived.
package func growthLimit(_ count: Int) -> Int { min(64 << 20, max(count, 64) * 200) }

/// Everything in the frames of `bytes`, at most `limit` bytes of it.
package func zstdDecompress(
    _ bytes: UnsafeRawBufferPointer, subject: String, limit: Int, maximumWindowLog: Int32 = 27
) throws(Failure) -> [UInt8] {
    var decoder = try ZstdDecoder(subject: subject, maximumWindowLog: maximumWindowLog)
    return try decoder.decompress(bytes, limit: limit)
}

/// Everything in the frames of `bytes`, at most `limit` bytes of it.
package func zstdDecompress(_ bytes: [UInt8], subject: String, limit: Int) throws(Failure) -> [UInt8] {
    try bytes.withBuffer { (bytes) throws(Failure) in
        try zstdDecompress(UnsafeRawBufferPointer(bytes), subject: subject, limit: limit)
    }
}
