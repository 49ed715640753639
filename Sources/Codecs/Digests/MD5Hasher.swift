// SPDX-License-Identifier: BSD-3-Clause

/// Computes a ``MD5Digest`` of bytes that arrive in pieces.
package struct MD5Hasher: ~Copyable {
    private var digest = MessageDigest(.md5)

    package init() {}

    /// Adds `bytes`.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        digest.update(bytes)
    }

    /// The MD5 of everything added.
    package consuming func finish() -> MD5Digest {
        withUnsafeTemporaryAllocation(byteCount: MD5Digest.byteCount, alignment: 8) { bytes in
            digest.finish(into: bytes)
            guard let value = MD5Digest(bytes: UnsafeRawBufferPointer(bytes)) else {
                preconditionFailure("a digest has a fixed length")
            }
            return value
        }
    }
}

/// The MD5 of `bytes`.
package func md5(of bytes: UnsafeRawBufferPointer) -> MD5Digest {
    var hasher = MD5Hasher()
    hasher.update(bytes)
    return hasher.finish()
}

/// The MD5 of `bytes`.
package func md5(of bytes: [UInt8]) -> MD5Digest {
    bytes.withUnsafeBytes { md5(of: $0) }
}
