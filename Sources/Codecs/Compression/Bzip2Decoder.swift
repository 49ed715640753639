// SPDX-License-Identifier: BSD-3-Clause

internal import CBzip2
package import Failures

/// Decompresses bzip2 streams, one after another, as their bytes arrive.
package struct Bzip2Decoder: ~Copyable, StreamDecoder {
    // libbz2 keeps a pointer to it, so it must not move before `deinit`.
    private let stream: UnsafeMutablePointer<bz_stream>
    private let subject: String
    private var isBetweenStreams = true

    /// `subject` names the data in failures.
    package init(subject: String) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: bz_stream())
        self.subject = subject
    }

    deinit {
        BZ2_bzDecompressEnd(stream)
        stream.deallocate()
    }

    package mutating func decode(
        _ input: inout UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(Failure) -> (written: Int, frameEnded: Bool) {
        guard let target = output.baseAddress, !output.isEmpty else { return (0, false) }
        if isBetweenStreams {
            guard !input.isEmpty else { return (0, false) }
            BZ2_bzDecompressEnd(stream)
            stream.pointee = bz_stream()
            guard BZ2_bzDecompressInit(stream, 0, 0) == BZ_OK else {
                throw Failure(.system, subject, "no memory to decompress")
            }
            isBetweenStreams = false
        }
        let offered = UInt32(clamping: input.count)
        let free = UInt32(clamping: output.count)
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: input.baseAddress?.assumingMemoryBound(to: CChar.self))
        stream.pointee.avail_in = offered
        stream.pointee.next_out = target.assumingMemoryBound(to: CChar.self)
        stream.pointee.avail_out = free
        let result = BZ2_bzDecompress(stream)
        input = UnsafeRawBufferPointer(rebasing: input[Int(offered - stream.pointee.avail_in)...])
        let written = Int(free - stream.pointee.avail_out)
        switch result {
        case BZ_OK: return (written, false)
        case BZ_STREAM_END:
            isBetweenStreams = true
            return (written, true)
        case BZ_MEM_ERROR: throw Failure(.system, subject, "no memory to decompress")
        default: throw Failure(.integrity, subject, "bzip2: the data is damaged")
        }
    }

    package func end() throws(Failure) {
        guard isBetweenStreams else { throw Failure(.integrity, subject, "bzip2: the data is truncated") }
    }
}
