// SPDX-License-Identifier: BSD-3-Clause

import Codecs
import Failures

/// How a stream of bytes is compressed.
package enum LayerCompression: String, Sendable, CaseIterable {
    case none, gzip, zstd

    /// What OCI media types end in: image-spec, layer.md.
    package var mediaTypeEnding: String {
        switch self {
        case .none: ""
        case .gzip: "+gzip"
        case .zstd: "+zstd"
        }
    }

    /// The bytes compressed at a time: blocks are independent of the number of threads, and so is what they add up to. A
    /// frame of Zstandard knows nothing of those before it, so it gets more.
    var blockSize: Int { self == .zstd ? 4 << 20 : 1 << 20 }
}

/// A piece of a stream, compressed.
package struct CompressedBlock: Sendable {
    package var bytes: [UInt8]
    /// CRC-32 of what was compressed; 0 unless that is wanted for gzip and zip.
    package var checksum: UInt32 = 0
    /// How many bytes were compressed.
    package var count: Int

    init(_ input: [UInt8], after before: ArraySlice<UInt8>, isLast: Bool, _ compression: LayerCompression)
        throws(Failure)
    {
        count = input.count
        switch compression {
        case .none: bytes = input
        case .gzip:
            let block = try DeflateBlock(input, after: before, isLast: isLast)
            bytes = block.bytes
            checksum = block.checksum
        case .zstd: bytes = try zstdCompress(input, subject: "layer")
        }
    }
}
