// SPDX-License-Identifier: BSD-3-Clause

/// One thing to fetch.
package struct Request: Sendable {
    /// The URL, or a plain path. Secrets in it are used and never shown.
    package var url: String
    /// Further header fields (`If-None-Match`, `Accept` …).
    package var headers: [(name: String, value: String)]
    /// A longer body is refused.
    package var maximumBody: Int
    /// Other places of the same bytes, tried in order when `url` fails.
    package var mirrors: [String]
    /// Places nearer than `url` that may have the same bytes, tried before it.
    package var caches: [String] = []
    /// The credential that came with the channel; sent only to the origin of `namedBy`, else of `url`.
    package var credential: Credential?
    /// What the user named when a document of it named `url`; nil when `url` is the user's own word.
    package var namedBy: String?
    /// The size the body must have, if it is known.
    package var expectedSize: UInt64?
    /// About how long the body will be, where that is known: a hint for how it is fetched.
    package var likelySize: UInt64?
    /// The SHA-256 that the body must have, where that is known, in hexadecimal digits: some places are asked by it. Who
    /// reads the body checks it.
    package var sha256: String?
    /// What its place was asked with before has been refused.
    var wasRefused = false
    /// What is sent; nil for a request that only asks.
    package var upload: Upload?
    /// Its header fields or its body hold what no other host may know: wherever the answer leads, that is not followed.
    package var staysWithHost = false
    /// Ask for headers only.
    package var headersOnly = false
    /// Let the server compress on the way (`Content-Encoding: gzip`); such a body cannot be resumed in the middle, and
    /// one that grows to more than 200 times what arrived is refused.
    package var allowsEncoding = false

    /// For streamed bodies: a final status that is not 2xx (304, 404 …) ends the pipe without bytes and is a `Response`, as it
    /// always is for small bodies; without this it is a failure.
    package var answersAnyStatus = false

    package init(
        _ url: String, headers: [(name: String, value: String)] = [], maximumBody: Int = 64 << 20,
        mirrors: [String] = [], credential: Credential? = nil, expectedSize: UInt64? = nil,
        namedBy: String? = nil
    ) {
        self.url = url
        self.headers = headers
        self.maximumBody = maximumBody
        self.mirrors = mirrors
        self.credential = credential
        self.expectedSize = expectedSize
        self.namedBy = namedBy
    }
}
