// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Failures
import Locations
package import Platform
import Synchronization

/// All secrets that files and variables hold; files are read at the first question, that is when a URL is asked for.
///
/// Unreadable and malformed files are passed over: a run without secrets fails, if at all, with the server's answer.
package final class CredentialStore: Sendable {
    private let environment: ProcessEnvironment
    private let typed: [(host: String, secret: Secret)]
    private let usesAnacondaTokens: Bool
    private let loaded = Mutex<Tables?>(nil)

    struct Tables: Sendable {
        /// `host` or `host/path`.
        var mamba: [String: Secret] = [:]
        /// `host`, `*.domain` or `s3://bucket/path`.
        var rattler: [String: Secret] = [:]
        /// URL without scheme.
        var anaconda: [String: Secret] = [:]
        var netrc = Netrc()
        var docker: DockerCredentials?
    }

    /// What a host is asked for.
    package enum Purpose: Sendable {
        case files
        /// Images and packages of a registry: Docker's passwords too, which takes a program to run where one keeps them.
        case registry
        /// A bucket, for which only keys are of use.
        case bucket
    }

    /// `typed`: what `--auth host=…` gave.
    package init(
        _ environment: ProcessEnvironment, typed: [(host: String, text: String)] = [], usesAnacondaTokens: Bool = true
    ) {
        self.environment = environment
        self.typed = typed.map { ($0.host.lowercased(), Secret(text: $0.text)) }
        self.usesAnacondaTokens = usesAnacondaTokens
    }

    /// What is known for a URL: typed, `KRAIT_AUTH_<HOST>`, micromamba's store, rattler's, Docker's, anaconda-client's, netrc.
    /// `authority` is `host` or `host:port`, `path` begins with `/`; `isProtected`: the bytes go over TLS.
    package func secret(
        authority: String, path: String, isProtected: Bool = true, purpose: Purpose = .files
    ) -> Secret? {
        found(authority: authority, path: path, isProtected: isProtected, purpose: purpose)?.secret
    }

    /// The same, and where it was found.
    package func found(
        authority: String, path: String, isProtected: Bool = true, purpose: Purpose = .files
    ) -> (secret: Secret, source: String)? {
        let host = authority.lowercased()
        let tables = tables
        if purpose == .bucket {
            return CredentialStore.weakening(tables.rattler, "s3://" + host, path).map { ($0, "rattler's store") }
        }
        let name = host.utf8.firstIndex(of: UInt8(ascii: ":")).map { String(host[..<$0]) } ?? host
        for entry in typed where entry.host == host || entry.host == name { return (entry.secret, "--auth") }
        for candidate in [host, name] {
            let variable = "KRAIT_AUTH_" + CredentialStore.variableName(candidate)
            if let text = environment[variable] { return (Secret(text: text), variable) }
        }
        if let secret = CredentialStore.weakening(tables.mamba, host, path) { return (secret, "micromamba's store") }
        if let secret = CredentialStore.climbing(tables.rattler, host) ?? CredentialStore.climbing(tables.rattler, name)
        {
            return (secret, "rattler's store")
        }
        if purpose == .registry, let docker = tables.docker, let secret = docker.secret(for: host) {
            return (secret, docker.path)
        }
        if let secret = CredentialStore.weakening(tables.anaconda, host, path) {
            return (secret, "anaconda-client's tokens")
        }
        return tables.netrc.secret(for: name, isProtected: isProtected).map { ($0, "netrc") }
    }

    private var tables: Tables {
        loaded.withLock { tables in
            if let tables { return tables }
            let fresh = load()
            tables = fresh
            return fresh
        }
    }

    /// `repo.example.org:8080` is `REPO_EXAMPLE_ORG_8080` in a variable's name.
    static func variableName(_ host: String) -> String {
        String(
            decoding: host.uppercased().utf8.map { byte in
                (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x30 && byte <= 0x39) ? byte : UInt8(ascii: "_")
            }, as: UTF8.self)
    }

    /// micromamba: `host/a/b`, then `host/a`, then `host`.
    private static func weakening(_ table: [String: Secret], _ host: String, _ path: String) -> Secret? {
        if table.isEmpty { return nil }
        var key = host + path
        while true {
            if let secret = table[key] { return secret }
            guard let slash = key.utf8.lastIndex(of: UInt8(ascii: "/")) else { return nil }
            key = String(key[..<slash])
        }
    }

    /// rattler: `host`, then `*.domain` one label less at a time.
    private static func climbing(_ table: [String: Secret], _ host: String) -> Secret? {
        if table.isEmpty { return nil }
        if let secret = table[host] { return secret }
        var rest = host
        while let dot = rest.utf8.firstIndex(of: UInt8(ascii: ".")) {
            rest = String(rest[rest.utf8.index(after: dot)...])
            if let secret = table["*." + rest] { return secret }
        }
        return nil
    }

    private func load() -> Tables {
        var tables = Tables()
        let home = environment.homeDirectory
        if let home, let json = document(Path.join(home, ".mamba/auth/authentication.json")) {
            tables.mamba = mambaSecrets(json)
        }
        let rattler = environment["RATTLER_AUTH_FILE"] ?? home.map { Path.join($0, ".rattler/credentials.json") }
        if let rattler, let json = document(rattler) { tables.rattler = rattlerSecrets(json) }
        if usesAnacondaTokens, let home { tables.anaconda = anacondaTokens(home) }
        if let path = environment["NETRC"] ?? home.map({ Path.join($0, ".netrc") }),
            let bytes = try? readFileIfPresent(path, limit: 1 << 20)
        {
            tables.netrc = Netrc(bytes)
        }
        tables.docker = DockerCredentials(environment)
        return tables
    }

    private func document(_ path: String) -> JSON? {
        guard let bytes = try? readFileIfPresent(path, limit: 4 << 20) else { return nil }
        return try? JSON.parse(bytes, subject: path)
    }

    /// `~/.continuum/anaconda-client/tokens/<percent-encoded URL>.token`; `https://api.` in the name is `conda.`.
    private func anacondaTokens(_ home: String) -> [String: Secret] {
        let directory = Path.join(home, ".continuum/anaconda-client/tokens")
        guard let entries = try? FileSystem.entries(directory) else { return [:] }
        var result: [String: Secret] = [:]
        for entry in entries where entry.name.hasSuffix(".token") {
            guard let bytes = try? readFileIfPresent(Path.join(directory, entry.name), limit: 1 << 16) else { continue }
            var url = String(entry.name.dropLast(6)).percentDecoded
            for (scheme, replacement) in [("https://api.", "conda."), ("https://", ""), ("http://", "")]
            where url.hasPrefix(scheme) {
                url = replacement + url.dropFirst(scheme.count)
                break
            }
            let token = String(decoding: bytes, as: UTF8.self)[...].trimmingSpaces
            if !token.isEmpty { result[url.withoutTrailingSlashes.lowercased()] = .condaToken(String(token)) }
        }
        return result
    }
}
