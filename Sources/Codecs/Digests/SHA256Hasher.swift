// SPDX-License-Identifier: BSD-3-Clause

/// Computes a ``SHA256Digest`` of bytes that arrive in pieces.
package struct SHA256Hasher: ~Copyable {
    private var digest = MessageDigest(.sha256)

    package init() {}

    /// Adds `bytes`.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        digest.update(bytes)
    }

    /// The SHA-256 of everything added.
    package consuming func finish() -> SHA256Digest {
        withUnsafeTemporaryAllocation(byteCount: SHA256Digest.byteCount, alignment: 8) { bytes in
            digest.finish(into: bytes)
            guard let value = SHA256Digest(bytes: UnsafeRawBufferPointer(bytes)) else {
                preconditionFailure("a digest has a fixed length")
            }
            return value
        }
    }
}

/// The SHA-256 of `bytes`.
package func sha256(of bytes: UnsafeRawBufferPointer) -> SHA256Digest {
    var hasher = SHA256Hasher()
    hasher.update(bytes)
    return hasher.finish()
}

/// The SHA-256 of `bytes`.
package func sha256(of bytes: [UInt8]) -> SHA256Digest {
    bytes.withUnsafeBytes { sha256(of: $0) }
}
