// SPDX-License-Identifier: BSD-3-Clause

package import Codecs
package import Failures
package import Platform

/// What a stream became: a blob of a registry or a layout.
package struct Blob: Sendable, Equatable {
    /// SHA-256 of the bytes as they are stored and sent.
    package var digest: SHA256Digest
    package var size: UInt64
    /// SHA-256 of the bytes before they were compressed.
    package var plainDigest: SHA256Digest
    /// How many those are; 0 where nobody has counted.
    package var plainSize: UInt64

    package init(digest: SHA256Digest, size: UInt64, plainDigest: SHA256Digest, plainSize: UInt64 = 0) {
        self.plainSize = plainSize
        self.digest = digest
        self.size = size
        self.plainDigest = plainDigest
    }
}

/// Bytes on their way into a file: cut into blocks, compressed on several threads, hashed, and written in order.
package final class LayerStream {
    private let compression: LayerCompression
    private let output: Descriptor
    private let subject: String
    private let pipeline: BlockPipeline
    private var block: [UInt8] = []
    /// The end of the last block.
    private var before: [UInt8] = []
    private var plainHasher: SHA256Hasher? = SHA256Hasher()
    private let written: Written

    /// What has come out; of its own, for blocks come out later than they went in.
    private final class Written {
        var hasher: SHA256Hasher? = SHA256Hasher()
        var size: UInt64 = 0
        var plainSize: UInt64 = 0
        var checksum: UInt32 = 0
    }

    /// Writes to `output`, an empty file, with `workers` threads that compress; `subject` names it in failures.
    package init(
        _ compression: LayerCompression, to output: consuming Descriptor, subject: String,
        workers: Int = processorCount()
    ) throws(Failure) {
        self.compression = compression
        self.output = output
        self.subject = subject
        pipeline = BlockPipeline(workers: workers)
        written = Written()
        block.reserveCapacity(compression.blockSize)
        if compression == .gzip { try emit(DeflateBlock.gzipHead) }
    }

    /// Adds bytes.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        plainHasher?.update(bytes)
        var rest = bytes
        while !rest.isEmpty {
            let count = min(rest.count, compression.blockSize - block.count)
            block.append(contentsOf: UnsafeRawBufferPointer(rebasing: rest[..<count]))
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            if block.count == compression.blockSize { try flush(isLast: false) }
        }
    }

    /// Adds bytes.
    package func write(_ bytes: [UInt8]) throws(Failure) {
        try bytes.withBytes { (bytes) throws(Failure) in try write(bytes) }
    }

    /// Writes the rest and tells what it all is.
    package func finish() throws(Failure) -> Blob {
        if !block.isEmpty || compression == .gzip { try flush(isLast: true) }
        try pipeline.deliver()
        if compression == .gzip {
            try emit(DeflateBlock.gzipEnd(checksum: written.checksum, size: written.plainSize))
        }
        guard let digest = written.hasher.take()?.finish(), let plain = plainHasher.take()?.finish() else {
            throw Failure(.other, subject, "was finished twice")
        }
        return Blob(digest: digest, size: written.size, plainDigest: plain, plainSize: written.plainSize)
    }

    private func flush(isLast: Bool) throws(Failure) {
        let input = block
        let before = self.before
        if compression == .gzip { self.before = Array(input.suffix(DeflateBlock.window)) }
        block = []
        block.reserveCapacity(compression.blockSize)
        try pipeline.submit(input, after: before, isLast: isLast, compression) { [self] (block) throws(Failure) in
            written.checksum = DeflateBlock.checksum(
                written.checksum, followedBy: block.checksum, count: block.count)
            written.plainSize += UInt64(block.count)
            try emit(block.bytes)
        }
    }

    private func emit(_ bytes: [UInt8]) throws(Failure) {
        written.size += UInt64(bytes.count)
        do throws(Errno) {
            try bytes.withBytes { (bytes) throws(Errno) in
                written.hasher?.update(bytes)
                try SystemCall.writeAll(output, bytes)
            }
        } catch {
            throw Failure(error, subject, "write")
        }
    }
}
