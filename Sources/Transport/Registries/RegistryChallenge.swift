// SPDX-License-Identifier: BSD-3-Clause
import Codecs
package import Failures
import Locations
import Platform

/// What a registry asks for in a 401 answer (OCI distribution-spec; Docker's token specification): a password with each
/// request, or a token of another server.
package struct RegistryChallenge: Sendable {
    /// Where a token is had; empty where the password itself is wanted.
    private var realm = ""
    private var service: String?
    private var scopes: [String] = []

    /// `WWW-Authenticate: Bearer realm="…",service="…",scope="…"`, or `Basic …`; nil when it is neither.
    package init?(_ response: Response) {
        guard response.status == 401, let field = response.headers["www-authenticate"] else { return nil }
        if field.lowercased().hasPrefix("basic") { return }
        guard field.lowercased().hasPrefix("bearer ") else { return nil }
        var rest = field.dropFirst(7)
        while let equals = rest.firstIndex(of: "=") {
            let name = String(rest[..<equals].drop { $0 == " " || $0 == "," }).lowercased()
            rest = rest[rest.index(after: equals)...]
            var value = rest.prefix { $0 != "," }
            if rest.first == "\"" { value = rest.dropFirst().prefix { $0 != "\"" } }
            rest = rest[value.endIndex...]
            if rest.first == "\"" { rest = rest.dropFirst() }
            switch name {
            case "realm": realm = String(value)
            case "service": service = String(value)
            case "scope": scopes.append(String(value))
            default: break
            }
        }
        if realm.isEmpty { return nil }
    }

    /// What the registry at `base` lets in; `scope` in the place of what it has named itself.
    ///
    /// - Parameter user: what is kept for the registry, if anything is.
    /// - Returns: nil and the status where it lets nobody like this user in.
    /// - Throws: `Failure(.network)` when nobody answers, when the answer has no token, and when a password would be sent
    ///   without TLS.
    package func credential(
        for base: String, scope: String? = nil, as user: Credential?, by transport: Transport
    ) throws(Failure) -> (credential: Credential?, until: Int64, status: Int) {
        if realm.isEmpty { return (user, .max, user == nil ? 401 : 200) }
        // What is kept for the registry is sent there, and never without TLS from a registry that has it.
        guard realm.hasPrefix("https://") || realm.hasPrefix("http://") && base.hasPrefix("http://") else {
            // Neither is a file of this machine a token, nor a bucket of the user's.
            let what = realm.hasPrefix("http://") ? "a password sent without TLS, to" : "a token fetched from"
            throw Failure(.network, base, "the registry wants \(what) \(masked(realm))")
        }
        let query =
            [service.map { ("service", $0) }].compactMap(\.self) + (scope.map { [$0] } ?? scopes).map { ("scope", $0) }
        let text = query.map { "\($0.0)=\($0.1.percentEncoded(allowing: "-._~"))" }.joined(separator: "&")
        let url = realm + (realm.contains("?") ? "&" : "?") + text
        var request = Request(url, maximumBody: 1 << 20, credential: user, namedBy: realm)
        // What logging in has left in the place of a password is changed for a token (Docker's token specification, OAuth2).
        if case .basic("<token>", let secret)? = user {
            let form =
                "grant_type=refresh_token&client_id=krait&refresh_token=\(secret.percentEncoded(allowing: "-._~"))&"
            request = Request(
                realm, headers: [("Content-Type", "application/x-www-form-urlencoded")], maximumBody: 1 << 20)
            request.upload = Upload("POST", .bytes(Array((form + text).utf8)), mayRepeat: true)
        }
        let response = try transport.fetch(request)
        if [401, 403, 404].contains(response.status) { return (nil, 0, response.status) }
        try response.requireSuccess()
        let json = try JSON.parse(response.body, subject: masked(realm))
        guard let token = json["token"]?.string ?? json["access_token"]?.string else {
            throw Failure(.network, base, "the registry gave no token")
        }
        var lifetime: Int64 = 60
        if case .integer(let seconds)? = json["expires_in"] { lifetime = max(0, min(seconds, 86_400)) }
        return (.bearer(token), wallClockSeconds() + lifetime * 3 / 4, 200)
    }
}
