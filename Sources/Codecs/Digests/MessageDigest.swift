// SPDX-License-Identifier: BSD-3-Clause

internal import CCrypto

/// A digest algorithm of libcrypto, looked up once per process: a lookup per file is slower than hashing a small file.
struct DigestAlgorithm: @unchecked Sendable {
    // Never freed and never changed after `init`, hence safe to share between threads.
    fileprivate let pointer: OpaquePointer

    static let sha256 = DigestAlgorithm("SHA256")
    static let sha384 = DigestAlgorithm("SHA384")
    static let sha512 = DigestAlgorithm("SHA512")
    static let md5 = DigestAlgorithm("MD5")

    private init(_ name: String) {
        // Without this libcrypto reads the host's openssl.cnf, which costs time and may forbid MD5.
        OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_LOAD_CONFIG), nil)
        guard let pointer = EVP_MD_fetch(nil, name, nil) else {
            preconditionFailure("libcrypto has no \(name)")
        }
        self.pointer = pointer
    }

    /// By the name that python's `hashlib` has for it; nil for what is not as strong as SHA-256 or unknown here.
    fileprivate init?(pythonName name: String) {
        switch name {
        case "sha256": self = .sha256
        case "sha384": self = .sha384
        case "sha512": self = .sha512
        default: return nil
        }
    }

    /// How many bytes its digests have.
    fileprivate var byteCount: Int { Int(EVP_MD_get_size(pointer)) }
}

/// One digest in the making.
struct MessageDigest: ~Copyable {
    private let context: OpaquePointer

    init(_ algorithm: DigestAlgorithm) {
        guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex2(context, algorithm.pointer, nil) == 1 else {
            preconditionFailure("libcrypto cannot begin a digest")
        }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count > 0 else { return }
        let accepted = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
        precondition(accepted == 1, "libcrypto refuses bytes for a digest")
    }

    /// Writes the digest of all bytes so far; the context is spent.
    mutating func finish(into bytes: UnsafeMutableRawBufferPointer) {
        var length = UInt32(0)
        let accepted = EVP_DigestFinal_ex(context, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), &length)
        precondition(accepted == 1 && Int(length) == bytes.count, "libcrypto cannot end a digest")
    }
}

/// The digest of `bytes` by the algorithm that python calls `name`: `sha256`, `sha384` or `sha512`; nil for others.
package func digest(named name: String, of bytes: UnsafeRawBufferPointer) -> [UInt8]? {
    guard let algorithm = DigestAlgorithm(pythonName: name) else { return nil }
    var digest = MessageDigest(algorithm)
    digest.update(bytes)
    var result = [UInt8](repeating: 0, count: algorithm.byteCount)
    result.withUnsafeMutableBytes { digest.finish(into: $0) }
    return result
}
