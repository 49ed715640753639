// SPDX-License-Identifier: BSD-3-Clause
import CTLS
import Failures
import Platform

/// The certificates that are believed, parsed once and shared by all connections; lives as long as the process.
///
/// `@unchecked Sendable`: the store is never changed after it was made, and OpenSSL counts references atomically.
final class TrustRoots: @unchecked Sendable {
    let store: OpaquePointer
    /// Says which certificates these are: the file, its size and time of change.
    let identity: String

    private init(store: OpaquePointer, from path: String) {
        self.store = store
        let status = try? FileSystem.status(path)
        identity = path + (status.map { " \($0.size) \($0.modified.seconds).\($0.modified.nanoseconds)" } ?? "")
    }

    deinit { krait_tls_store_free(store) }

    /// Makes the roots a connection's own; the pointer is an `SSL_CTX *`.
    func attach(to context: UnsafeMutableRawPointer) -> Bool { krait_tls_attach(context, store) }

    /// Takes the first source that gives certificates (Design §3): an unreadable file is passed over, except that
    /// what `--cacert` names must work. nil when nothing is to be checked.
    static func find(_ settings: TrustSettings) throws(Failure) -> TrustRoots? {
        if settings.insecure { return nil }
        if let file = settings.explicitFile {
            guard let store = open(file) else {
                throw Failure(
                    .usage, file, "cannot be read or holds no certificate", hint: "give a PEM file to --cacert")
            }
            return TrustRoots(store: store, from: file)
        }
        for path in candidates(settings) {
            if let store = open(path) { return TrustRoots(store: store, from: path) }
        }
        guard let store = krait_tls_store_embedded() else {
            throw Failure(.system, "TLS roots", "the certificates inside the executable cannot be used")
        }
        return TrustRoots(store: store, from: "")
    }

    /// Where certificates may be, in order.
    static func candidates(_ settings: TrustSettings) -> [String] {
        var paths = settings.configured
        for name in ["SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"] {
            if let path = settings.environment[name], !path.isEmpty { paths.append(path) }
        }
        return paths + systemBundles
    }

    /// Bundles of Debian, Fedora, openSUSE, old RHEL, RHEL, Alpine, and macOS or BSD.
    private static let systemBundles = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
        "/etc/pki/tls/cacert.pem", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem",
    ]

    /// A file gives its certificates at once; a list of directories is searched when a server needs one.
    private static func open(_ path: String) -> OpaquePointer? {
        if let store = krait_tls_store_from_file(path) { return store }
        let isDirectory = path.split(separator: ":").contains { FileSystem.isDirectory(String($0)) }
        return isDirectory ? krait_tls_store_from_directories(path) : nil
    }
}
