// SPDX-License-Identifier: BSD-3-Clause
import Configuration
package import Failures
import Locations
import Transport

/// Whether a server lets the user in with what is kept for it.
package struct AccountTest: Sendable {
    /// The host or URL, without secrets.
    package let place: String
    /// `password`, `bearer token`, `conda token`, `pair of keys`; nil where nothing is kept.
    package private(set) var kind: String?
    /// Which store or variable has it.
    package private(set) var source: String?
    /// What the server answered.
    package private(set) var status = 0

    /// Asks the server: of `oci://HOST/NAME` for leave to read that repository, of a channel's URL for its index, of a
    /// host alone for its first page.
    ///
    /// - Throws: `Failure(.usage)` for a text that is neither a host nor a URL; `Failure(.network)` when the server does not
    ///   answer, or refuses the user.
    package init(_ text: String, _ context: Context) throws(Failure) {
        let scheme = text.hasURLScheme ? "" : RegistryAccess.scheme(of: text) + "://"
        let (plain, typed) = (scheme + text).separatingCredentials
        place = String(plain.dropFirst(scheme.count))
        guard let address = Address(plain), !address.isLocal else {
            throw Failure(.usage, plain, "is not a host or a URL", hint: "krait auth test lab.example.org")
        }
        let transport = context.transport
        var found = CredentialStore(context.environment, usesAnacondaTokens: context.settings[.addAnacondaToken])
            .found(for: address).map { (Credential($0.secret), $0.source) }
        if let credential = typed.flatMap({ Credential($0) }) { found = (credential, "the URL") }
        if found == nil, address.scheme == "s3" || address.scheme == "gs" {
            let maker = address.scheme == "s3" ? "Amazon" : "Google"
            found = try transport.found(for: address).map { ($0, "the variables and files that \(maker)'s tools read") }
        }
        (kind, source) = (found?.0.kind, found?.1)
        if address.scheme == "oci" {
            let base = RegistryAccess.baseURL(address.authority)
            let name = String(address.target.withoutTrailingSlashes.dropFirst())
            let entry = try RegistryAccess().reading(name, at: base, as: found?.0, by: transport)
            status = entry.status
            if status == 200 {
                status = try transport.fetch(Request("\(base)/v2/", credential: entry.credential)).status
            }
        } else {
            let isHost = address.target == "/"
            var request = Request(isHost ? plain : "\(plain.withoutTrailingSlashes)/noarch/repodata.json")
            (request.headersOnly, request.credential) = (true, found?.0)
            status = try transport.fetch(request).status
        }
        guard ![401, 403, 407].contains(status) else {
            let held = kind.map { " to the \($0) of \(source ?? "")" } ?? ", and no credentials are kept for it"
            throw Failure(
                .network, place, "the server answered \(status)\(held)",
                hint: ["s3", "gs"].contains(address.scheme)
                    ? credentialsHint(plain) : "`krait auth login` stores credentials")
        }
    }
}

extension Credential {
    /// What it is, in a word or two.
    fileprivate var kind: String {
        switch self {
        case .basic: "password"
        case .bearer: "bearer token"
        case .condaToken: "conda token"
        case .s3: "pair of keys"
        }
    }
}
