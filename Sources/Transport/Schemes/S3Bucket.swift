// SPDX-License-Identifier: BSD-3-Clause
package import Failures

/// `s3://bucket/key`: objects of S3 or of a server that speaks like it. Requests are signed by libcurl (Signature
/// Version 4) where there are keys, and plain otherwise.
package struct S3Bucket: Scheme {
    /// How a bucket is asked for.
    package struct Account: Sendable, Equatable {
        /// The server, without a slash at the end; nil is Amazon's of the region.
        package var endpoint: String?
        package var region: String
        /// The bucket stands in the path, not before the host's name.
        package var usesPaths: Bool
        /// nil asks without a signature, as for public buckets.
        package var keys: S3Keys?

        package init(endpoint: String?, region: String, usesPaths: Bool, keys: S3Keys?) {
            self.endpoint = endpoint
            self.region = region
            self.usesPaths = usesPaths
            self.keys = keys
        }
    }

    package let name = "s3"
    private let account: @Sendable (Transport, _ anew: Bool) throws(Failure) -> Account

    /// `account` is asked at each request; it keeps what it has found out until it is asked anew.
    package init(account: @escaping @Sendable (Transport, _ anew: Bool) throws(Failure) -> Account) {
        self.account = account
    }

    package func place(
        of address: Address, for request: Request, by transport: Transport
    ) throws(Failure) -> SchemePlace {
        var account = try account(transport, request.wasRefused)
        if case .s3(let keys, _)? = transport.settings.credentials?(address) { account.keys = keys }
        return SchemePlace(
            url: S3Bucket.url(bucket: address.host, target: address.target, account),
            credential: account.keys.map { .s3($0, region: account.region) })
    }

    /// Amazon's certificates are for one label before the service's name, so that a bucket with dots goes into the path.
    static func url(bucket: String, target: String, _ account: Account) -> String {
        let endpoint = account.endpoint ?? "https://s3.\(account.region).amazonaws.com"
        guard !account.usesPaths, !bucket.utf8.contains(UInt8(ascii: ".")), let server = Address(endpoint)
        else { return "\(endpoint)/\(bucket)\(target)" }
        return "\(server.scheme)://\(bucket).\(server.authority)\(target)"
    }
}

/// What signs requests to S3. Describing it never shows the secret.
package struct S3Keys: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible {
    package var identifier: String
    package var secret: String
    /// What goes along with keys that end.
    package var sessionToken: String?

    package init(identifier: String, secret: String, sessionToken: String? = nil) {
        self.identifier = identifier
        self.secret = secret
        self.sessionToken = sessionToken
    }

    package var description: String { "keys *****" }
    package var debugDescription: String { description }
}
