// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Configuration
import Failures
import Locations
import Platform
import Transport

/// How S3 is asked: the variables and files that Amazon's own tools read, in their order.
///
/// Keys: variables, web identity, profile, the container's endpoint, the machine's (only where a variable gives its
/// address, for a machine without one would be asked in vain). Without any, buckets are asked as public ones.
final class AWSAccount: Sendable {
    private let environment: ProcessEnvironment
    /// Keys that a service gave are good for longer.
    private let known = RenewedValue<S3Bucket.Account>(lifetime: 300)

    init(_ environment: ProcessEnvironment) { self.environment = environment }

    /// The account, found out at the first call, for which others wait, and `anew` where its keys were refused.
    func account(by transport: Transport, anew: Bool) throws(Failure) -> S3Bucket.Account {
        try known.value(anew: anew) { () throws(Failure) in try find(transport) }
    }

    private func find(_ transport: Transport) throws(Failure) -> S3Bucket.Account {
        let profile = AWSProfile(environment)
        let region =
            environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"] ?? profile["region"] ?? "us-east-1"
        let endpoint =
            environment["AWS_ENDPOINT_URL_S3"] ?? environment["AWS_ENDPOINT_URL"] ?? profile["endpoint_url", in: "s3"]
            ?? profile["endpoint_url"]
        let style = profile["addressing_style", in: "s3"]
        return S3Bucket.Account(
            endpoint: endpoint?.withoutTrailingSlashes, region: region,
            // A server of one's own rarely has a name for each bucket.
            usesPaths: style.map { $0 == "path" } ?? (endpoint != nil), keys: try keys(profile, region, transport))
    }

    private func keys(
        _ profile: AWSProfile, _ region: String, _ transport: Transport
    ) throws(Failure) -> S3Keys? {
        if let identifier = environment["AWS_ACCESS_KEY_ID"], let secret = environment["AWS_SECRET_ACCESS_KEY"] {
            return S3Keys(
                identifier: identifier, secret: secret, sessionToken: environment["AWS_SESSION_TOKEN"])
        }
        if let keys = try webIdentity(region, transport) { return keys }
        if let identifier = profile["aws_access_key_id"], let secret = profile["aws_secret_access_key"] {
            return S3Keys(identifier: identifier, secret: secret, sessionToken: profile["aws_session_token"])
        }
        if let keys = try container(transport) { return keys }
        return try machine(transport)
    }

    /// A role for a token that the platform has put into a file (`AWS_WEB_IDENTITY_TOKEN_FILE`).
    private func webIdentity(_ region: String, _ transport: Transport) throws(Failure) -> S3Keys? {
        guard let path = environment["AWS_WEB_IDENTITY_TOKEN_FILE"], let role = environment["AWS_ROLE_ARN"] else {
            return nil
        }
        let token = try readFile(path, limit: 1 << 16)
        let service =
            environment["AWS_ENDPOINT_URL_STS"] ?? environment["AWS_ENDPOINT_URL"]
            ?? "https://sts.\(region).amazonaws.com"
        let session = environment["AWS_ROLE_SESSION_NAME"] ?? "krait"
        let fields = [
            ("Action", "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15"), ("RoleArn", role),
            ("RoleSessionName", session),
            ("WebIdentityToken", trimmed(token)),
        ]
        let form = fields.map { "\($0)=\($1.percentEncoded(allowing: "-._~"))" }.joined(separator: "&")
        var request = Request("\(service.withoutTrailingSlashes)/", maximumBody: 1 << 16)
        request.headers = [("Content-Type", "application/x-www-form-urlencoded")]
        request.upload = Upload("POST", .bytes(Array(form.utf8)))
        let answer = try answer(to: request, transport)
        guard let identifier = element("AccessKeyId", of: answer), let secret = element("SecretAccessKey", of: answer)
        else { throw Failure(.network, "AWS_WEB_IDENTITY_TOKEN_FILE", "the service's answer holds no keys") }
        return S3Keys(identifier: identifier, secret: secret, sessionToken: element("SessionToken", of: answer))
    }

    /// ECS, EKS Pod Identity and Lambda's like: an endpoint in a variable.
    private func container(_ transport: Transport) throws(Failure) -> S3Keys? {
        guard
            let url = environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
                ?? environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"].map({ "http://169.254.170.2\($0)" })
        else { return nil }
        var request = Request(url, maximumBody: 1 << 16)
        if let path = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] {
            request.headers.append(("Authorization", trimmed(try readFile(path, limit: 1 << 16))))
        } else if let token = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] {
            request.headers.append(("Authorization", token))
        }
        return try document(request, transport)
    }

    /// The machine's own role (IMDSv2), where `AWS_EC2_METADATA_SERVICE_ENDPOINT` says where to ask.
    private func machine(_ transport: Transport) throws(Failure) -> S3Keys? {
        guard let endpoint = environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"],
            environment["AWS_EC2_METADATA_DISABLED"]?.lowercased() != "true"
        else { return nil }
        let base = endpoint.withoutTrailingSlashes + "/latest"
        var request = Request("\(base)/api/token", maximumBody: 1 << 12)
        request.upload = Upload("PUT")
        request.headers = [("X-aws-ec2-metadata-token-ttl-seconds", "300")]
        let token = try text(request, transport)
        let path = "\(base)/meta-data/iam/security-credentials/"
        let headers = [(name: "X-aws-ec2-metadata-token", value: token)]
        let role = try text(Request(path, headers: headers, maximumBody: 1 << 12), transport)
        return try document(Request(path + role, headers: headers, maximumBody: 1 << 16), transport)
    }

    private func text(_ request: Request, _ transport: Transport) throws(Failure) -> String {
        let line = try answer(to: request, transport).prefix { $0 > 0x20 && $0 < 0x7f }
        return String(decoding: line, as: UTF8.self)
    }

    /// `{"AccessKeyId": …, "SecretAccessKey": …, "Token": …}`
    private func document(_ request: Request, _ transport: Transport) throws(Failure) -> S3Keys {
        let shown = request.url.maskingSecrets
        let json = try JSON.parse(try answer(to: request, transport), subject: shown)
        guard let identifier = json["AccessKeyId"]?.string, let secret = json["SecretAccessKey"]?.string else {
            throw Failure(.network, shown, "the answer holds no keys")
        }
        return S3Keys(identifier: identifier, secret: secret, sessionToken: json["Token"]?.string)
    }

    /// What a service that is asked with secrets answers; wherever else it leads, they do not follow.
    private func answer(to request: Request, _ transport: Transport) throws(Failure) -> [UInt8] {
        var request = request
        request.staysWithHost = true
        let response = try transport.fetch(request)
        try response.requireSuccess()
        return response.body
    }

    /// The text of the first element of that name; STS answers in XML, and the three texts wanted need no more of it.
    private func element(_ name: String, of document: [UInt8]) -> String? {
        let opening = Array("<\(name)>".utf8)
        guard let start = document.indices.first(where: { document[$0...].starts(with: opening) }) else { return nil }
        let text = document[(start + opening.count)...].prefix { $0 != UInt8(ascii: "<") }
        return trimmed(Array(text))
    }
}

/// Without blanks and ends of lines around it.
private func trimmed(_ bytes: [UInt8]) -> String {
    var rest = bytes[...]
    while let first = rest.first, first <= 0x20 { rest.removeFirst() }
    while let last = rest.last, last <= 0x20 { rest.removeLast() }
    return String(decoding: rest, as: UTF8.self)
}
