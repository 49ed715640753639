// SPDX-License-Identifier: BSD-3-Clause
import CTLS
import Foundation
import Testing

/// Roots from files, memory and directories, judged by real handshakes.
@Suite struct TrustStoreTests {
    /// `X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY`
    let unknownIssuer = 20

    @Test(arguments: ["/O=krait/CN=Root", "/O=Größe  und   Ähnliches/CN=Wurzel", "/CN=Two+O=Parts of one"])
    func rootOfABundleIsTrusted(subject: String) throws {
        let certificates = try Certificates(subject: subject)
        defer { certificates.remove() }
        let bundle = try certificates.text("stranger.pem") + "words between\n" + certificates.text("root.pem")
        try bundle.write(toFile: certificates.path("bundle.pem"), atomically: true, encoding: .utf8)

        let store = try #require(krait_tls_store_from_file(certificates.path("bundle.pem")))
        defer { krait_tls_store_free(store) }
        #expect(krait_tls_store_count(store) == 2)
        #expect(krait_tls_store_finds(store, 0))
        #expect(krait_tls_store_finds(store, 1))
        #expect(verdict(of: store, on: certificates) == 0)
        // A second connection finds the parsed root.
        #expect(verdict(of: store, on: certificates) == 0)
    }

    @Test func otherRootsAreNotTrusted() throws {
        let certificates = try Certificates(subject: "/CN=Root")
        defer { certificates.remove() }
        let stranger = try #require(krait_tls_store_from_file(certificates.path("stranger.pem")))
        defer { krait_tls_store_free(stranger) }
        #expect(verdict(of: stranger, on: certificates) == unknownIssuer)
        #expect(try verdict(of: #require(krait_tls_store_embedded()), on: certificates) == unknownIssuer)
    }

    @Test func rootOfTheSameNameWithAnotherKeyIsNotTrusted() throws {
        let certificates = try Certificates(subject: "/CN=Root")
        let twin = try Certificates(subject: "/CN=Root")
        defer {
            certificates.remove()
            twin.remove()
        }
        let other = try #require(krait_tls_store_from_file(twin.path("root.pem")))
        defer { krait_tls_store_free(other) }
        #expect(verdict(of: other, on: certificates) != 0)
        // Both in one bundle: the right one is found though it comes second.
        let bundle = try twin.text("root.pem") + certificates.text("root.pem")
        let both = try #require(krait_tls_store_from_pem(bundle, bundle.utf8.count))
        defer { krait_tls_store_free(both) }
        #expect(verdict(of: both, on: certificates) == 0)
    }

    @Test func spacesAndCaseOfANameDoNotCount() throws {
        let certificates = try Certificates(subject: "/CN=Root  Of krait")
        defer { certificates.remove() }
        try certificates.shell(
            "openssl req -x509 -new -key root.key -days 30 -out same.pem -subj '/CN= ROOT of   KRAIT '")
        let store = try #require(krait_tls_store_from_file(certificates.path("same.pem")))
        defer { krait_tls_store_free(store) }
        #expect(verdict(of: store, on: certificates) == 0)
    }

    @Test func intermediateMayBeARoot() throws {
        let certificates = try Certificates(subject: "/CN=Root")
        defer { certificates.remove() }
        let store = try #require(krait_tls_store_from_file(certificates.path("middle.pem")))
        defer { krait_tls_store_free(store) }
        #expect(verdict(of: store, on: certificates) == 0)
    }

    @Test func directoryOfHashesIsUsed() throws {
        let certificates = try Certificates(subject: "/CN=Root")
        defer { certificates.remove() }
        try certificates.shell("mkdir hashed && cp root.pem hashed/ && openssl rehash hashed")
        let store = try #require(krait_tls_store_from_directories("/nonexistent:" + certificates.path("hashed")))
        defer { krait_tls_store_free(store) }
        #expect(verdict(of: store, on: certificates) == 0)
    }

    @Test func labelsAndLineEndsOfOtherTools() throws {
        let certificates = try Certificates(subject: "/CN=Root")
        defer { certificates.remove() }
        try certificates.shell("openssl x509 -in root.pem -addtrust serverAuth -trustout -out trusted.pem")
        let plain = try certificates.text("root.pem")
        for text in [
            plain.replacing("\n", with: "\r\n"), plain.replacing(" CERTIFICATE", with: " X509 CERTIFICATE"),
            String(plain.dropLast()), try certificates.text("trusted.pem"), "\u{FEFF}" + plain,
        ] {
            let store = try #require(krait_tls_store_from_pem(text, text.utf8.count))
            #expect(verdict(of: store, on: certificates) == 0)
            krait_tls_store_free(store)
        }
    }

    @Test func whatIsNoBundleGivesNone() throws {
        let certificates = try Certificates(subject: "/CN=Root")
        defer { certificates.remove() }
        let plain = try certificates.text("root.pem")
        for text in [
            "", "-----", "-----BEGIN ", "-----BEGIN CERTIFICATE-----", "-----BEGIN CERTIFICATE-----\nMIIB\n",
            "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE----------END CERTIFICATE-----", try certificates.text("root.key"),
            plain.replacing(" CERTIFICATE", with: " PKCS7"), String(plain.prefix(400)),
        ] {
            #expect(krait_tls_store_from_pem(text, text.utf8.count) == nil, "\(text)")
        }
        // Any cut, and any byte changed, does no harm.
        for length in 0..<plain.utf8.count {
            krait_tls_store_free(krait_tls_store_from_pem(plain, length))
            var bytes = Array(plain.utf8)
            bytes[length] = bytes[length] &+ 7
            if let store = krait_tls_store_from_pem(bytes, bytes.count) {
                _ = krait_tls_store_finds(store, 0)
                krait_tls_store_free(store)
            }
        }
    }

    @Test func filesThatCannotBeReadSayWhy() throws {
        errno = 0
        #expect(krait_tls_store_from_file("/nonexistent/bundle.pem") == nil)
        #expect(errno == ENOENT)
        #expect(krait_tls_store_from_file("/usr") == nil)
        #expect(errno == EISDIR)
        #expect(krait_tls_store_from_file("/dev/null") == nil)
        #expect(errno == 0)
    }
}
