// SPDX-License-Identifier: BSD-3-Clause
package import Platform

/// Everything that decides how bytes are fetched; a value made once at start-up.
package struct TransportSettings: Sendable {
    /// Where trusted roots come from, and whether they are asked at all.
    package var trust = TrustSettings()
    /// Which proxy stands before which URL.
    package var proxies = ProxySettings()
    /// The `User-Agent` of each request.
    package var userAgent = "krait"
    /// Nanoseconds to wait for a connection, TLS included.
    package var connectTimeout: UInt64 = 30_000_000_000
    /// Nanoseconds without a single byte after which an attempt counts as failed. There is no lower speed limit.
    package var idleTimeout: UInt64 = 120_000_000_000
    /// So many failures count as one where another try costs little, or where they say little of the server.
    package static let lenience = 4
    /// How often a failed attempt is repeated; bytes gained since the last failure start the count anew.
    package var retries = 3
    /// Nanoseconds before the first repetition; each later one waits twice as long, plus or minus a random part.
    package var backoff: UInt64 = 500_000_000
    /// A server that asks for a longer pause than this (nanoseconds) is not waited for.
    package var longestPause: UInt64 = 300_000_000_000
    /// The most transfers to one host at the same time while it speaks HTTP/1.1, and of long bodies always; how many
    /// there are follows the link.
    package var parallelism = 50
    /// Small requests to one host at the same time once it speaks HTTP/2.
    package var multiplexed = 100
    /// No request may leave the machine.
    package var offline = false
    /// Other addresses for URLs and what is below them, the longest wins; records keep the original URL (Rules §3.5).
    package var mirrors: [(prefix: String, replacements: [String])] = []
    /// The store of secrets: asked with a URL that has none in itself; nil when nothing is known of it.
    package var credentials: (@Sendable (Address) -> Credential?)?
    /// What else than http, https and files can be named.
    package var schemes: [any Scheme] = []
    /// A client certificate and its key as PEM files (`client_ssl_cert`, `client_ssl_cert_key`).
    package var clientCertificate: String?
    package var clientKey: String?
    /// Where TLS sessions are kept for later runs; nil keeps none.
    package var ticketDirectory: String?
    /// Ends all transfers when it fires.
    package var cancellation: Cancellation?
    /// Told of every attempt.
    package var trace: NetworkTrace?

    package init() {}
}

/// Which certificates are believed (Design §3 "TLS roots").
package struct TrustSettings: Sendable {
    /// `--cacert FILE`: this or nothing.
    package var explicitFile: String?
    /// File or directory from `ssl_verify` or `cacert_path`.
    package var configured: [String] = []
    /// The variables that are looked at: `SSL_CERT_FILE`, `SSL_CERT_DIR`, `REQUESTS_CA_BUNDLE`, `CURL_CA_BUNDLE`.
    package var environment: [String: String] = [:]
    /// `--insecure` or `ssl_verify: false`: nothing is checked. Never the default.
    package var insecure = false

    package init() {}
}
