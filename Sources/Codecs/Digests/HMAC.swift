// SPDX-License-Identifier: BSD-3-Clause

/// The keyed hash of `message` (HMAC with SHA-256, RFC 2104); `key` is at most 64 bytes long.
package func hmacSHA256(key: [UInt8], _ message: [UInt8]) -> SHA256Digest {
    precondition(key.count <= 64, "longer keys would have to be hashed first")
    func pad(_ byte: UInt8) -> [UInt8] { (0..<64).map { ($0 < key.count ? key[$0] : 0) ^ byte } }
    let inner = sha256(of: pad(0x36) + message)
    return sha256(of: pad(0x5c) + inner.withBytes { Array($0) })
}
