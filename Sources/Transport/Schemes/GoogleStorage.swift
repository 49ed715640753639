// SPDX-License-Identifier: BSD-3-Clause
package import Failures

/// `gs://bucket/object`: objects of Google Cloud Storage, by its XML interface.
package struct GoogleStorage: Scheme {
    package let name = "gs"
    /// Without a slash at the end.
    private let endpoint: String
    private let token: @Sendable (Transport, _ anew: Bool) throws(Failure) -> String?

    /// `token` is asked at each request, and `anew` where what it gave was refused; nil asks without, as for public
    /// buckets.
    package init(
        endpoint: String = "https://storage.googleapis.com",
        token: @escaping @Sendable (Transport, _ anew: Bool) throws(Failure) -> String?
    ) {
        self.endpoint = endpoint
        self.token = token
    }

    package func place(
        of address: Address, for request: Request, by transport: Transport
    ) throws(Failure) -> SchemePlace {
        SchemePlace(
            url: "\(endpoint)/\(address.host)\(address.target)",
            credential: try token(transport, request.wasRefused).map { .bearer($0) })
    }
}
