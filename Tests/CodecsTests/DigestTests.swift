// SPDX-License-Identifier: BSD-3-Clause
import Testing

@testable import Codecs

@Suite struct DigestTests {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "d41d8cd98f00b204e9800998ecf8427e"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "900150983cd24fb0d6963f7d28e17f72"),
    ])
    func knownValues(text: String, sha256Hex: String, md5Hex: String) {
        #expect(sha256(of: Array(text.utf8)).hex == sha256Hex)
        #expect(md5(of: Array(text.utf8)).hex == md5Hex)
        #expect(SHA256Digest(hex: sha256Hex.uppercased()) == sha256(of: Array(text.utf8)))
        #expect(MD5Digest(hex: md5Hex) == md5(of: Array(text.utf8)))
    }

    @Test func piecesGiveTheSameAsOne() {
        let bytes = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        for size in [1, 63, 64, 65, 4096] {
            var hasher = SHA256Hasher()
            for start in stride(from: 0, to: bytes.count, by: size) {
                bytes[start..<min(start + size, bytes.count)].withUnsafeBytes { hasher.update($0) }
            }
            #expect(hasher.finish() == sha256(of: bytes))
        }
    }

    @Test func wrongTextIsNoDigest() {
        let good = String(repeating: "a0", count: 32)
        #expect(SHA256Digest(hex: good) != nil)
        #expect(SHA256Digest(hex: String(good.dropLast())) == nil)
        #expect(SHA256Digest(hex: good.dropLast() + "g") == nil)
        #expect(SHA256Digest(hex: good.dropLast(2) + "é") == nil)
        #expect(SHA256Digest(bytes: [1, 2, 3]) == nil)
        #expect(MD5Digest(hex: good) == nil)
    }
}
