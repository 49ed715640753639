// SPDX-License-Identifier: BSD-3-Clause

internal import CCrypto

/// A digest algorithm of libcrypto, looked up once per process: a lookup per file is slower than hashing a small file.
struct DigestAlgorithm: @unchecked Sendable {
    // Never freed and never changed after `init`, hence safe to share between threads.
    fileprivate let pointer: OpaquePointer

    static let sha256 = DigestAlgorithm("SHA256")
    static let md5 = DigestAlgorithm("MD5")

    private init(_ name: String) {
        // Without this libcrypto reads the host's openssl.cnf, which costs time and may forbid MD5.
        OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_LOAD_CONFIG), nil)
        guard let pointer = EVP_MD_fetch(nil, name, nil) else {
            preconditionFailure("libcrypto has no \(name)")
        }
        self.pointer = pointer
    }
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
