// SPDX-License-Identifier: BSD-3-Clause
package import Failures
import Platform
import Synchronization

/// How registries let this process in to read: asked once a registry, and once a repository where it gives tokens.
package final class RegistryAccess: Sendable {
    /// By base URL. What is not there is not asked again for each package.
    private let challenges = Mutex<[String: Result<RegistryChallenge?, Failure>]>([:])
    /// By the URL of the repository.
    private let known = Mutex<[String: (credential: Credential?, until: Int64, status: Int)]>([:])

    package init() {}

    /// What the repository `name` is read with; nil and the status where it lets nobody like `user` in.
    ///
    /// - Parameters:
    ///   - name: none asks for the registry as a whole.
    ///   - anew: what was found before has been refused.
    package func reading(
        _ name: String, at base: String, as user: Credential?, anew: Bool = false, by transport: Transport
    ) throws(Failure) -> (credential: Credential?, status: Int) {
        let key = "\(base)/\(name)"
        if !anew, let found = known.withLock({ $0[key] }), found.until > wallClockSeconds() {
            return (found.credential, found.status)
        }
        guard let challenge = try challenge(of: base, by: transport) else { return (nil, 200) }
        let found = try challenge.credential(
            for: base, scope: name.isEmpty ? nil : "repository:\(name):pull", as: user, by: transport)
        known.withLock { $0[key] = found }
        return (found.credential, found.status)
    }

    private func challenge(of base: String, by transport: Transport) throws(Failure) -> RegistryChallenge? {
        if let result = challenges.withLock({ $0[base] }) { return try result.get() }
        let result: Result<RegistryChallenge?, Failure> = Result { () throws(Failure) in
            RegistryChallenge(try transport.fetch(Request("\(base)/v2/", maximumBody: 1 << 20)))
        }
        challenges.withLock { $0[base] = result }
        return try result.get()
    }

    /// Where the registry at `authority` is: those of this machine are spoken to without TLS.
    package static func baseURL(_ authority: String) -> String { "\(scheme(of: authority))://\(authority)" }

    /// `http` for this machine, else `https`, for a place that is written without: a host, with a port and a path where
    /// it has them, and perhaps who asks.
    package static func scheme(of place: String) -> String {
        let authority = place.prefix { $0 != "/" }
        let host = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        return host == "localhost" || ["localhost:", "127.", "[::1]"].contains { host.hasPrefix($0) } ? "http" : "https"
    }

    /// What the user's stores hold for a repository.
    package static func stored(_ name: String, at authority: String, _ settings: TransportSettings) -> Credential? {
        Address("oci://\(authority)/\(name)").flatMap { address in settings.credentials?(address) }
    }
}
