// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Configuration
import Platform
import Transport

extension TransportSettings {
    /// What the configuration says of fetching.
    init(_ settings: Settings, environment: ProcessEnvironment, cancellation: Cancellation) {
        self.init()
        self.cancellation = cancellation
        userAgent = "krait/\(ToolVersion.text)"
        offline = settings.flag("offline")
        if let seconds = settings.number("remote_connect_timeout_secs") { connectTimeout = seconds * 1_000_000_000 }
        if let seconds = settings.number("remote_read_timeout_secs") { idleTimeout = seconds * 1_000_000_000 }
        if let count = settings.number("remote_max_retries") { retries = Int(clamping: count) }
        if let count = settings.number("download_threads") { parallelism = max(1, Int(clamping: count)) }
        clientCertificate = settings.text("client_ssl_cert")
        clientKey = settings.text("client_ssl_cert_key")
        trust = TrustSettings(settings, environment: environment)
        mirrors = settings.map("mirrored_channels").map { ($0.key, $0.value.list) }
        var servers: [String: String] = [:]
        for member in settings.map("proxy_servers") { servers[member.key] = member.value.text }
        proxies = ProxySettings(servers: servers, environment: environment.variables)
        let store = CredentialStore(environment, usesAnacondaTokens: settings.flag("add_anaconda_token"))
        credentials = { address in
            store.secret(authority: address.authority, path: address.target).map(Credential.init)
        }
    }
}

extension Credential {
    /// What a store holds, as it is sent.
    init(_ secret: Secret) {
        switch secret {
        case .basic(let user, let password): self = .basic(user: user, password: password)
        case .bearer(let token): self = .bearer(token)
        case .condaToken(let token): self = .condaToken(token)
        }
    }
}

extension Credential {
    /// What a channel's URL carried.
    init?(_ credentials: URLCredentials) {
        if let token = credentials.token {
            self = .condaToken(token)
        } else if let user = credentials.user {
            self = .basic(user: user, password: credentials.password ?? "")
        } else {
            return nil
        }
    }
}

extension TrustSettings {
    /// What the configuration says of certificates (users.md R-20).
    init(_ settings: Settings, environment: ProcessEnvironment) {
        self.init()
        if let path = settings.text("cacert_path") {
            if settings.origin("cacert_path") == .commandLine { explicitFile = path } else { configured.append(path) }
        }
        switch settings.text("ssl_verify")?.lowercased() {
        case nil, "true", "yes", "on", "1", "<system>", "truststore": break
        case "false", "no", "off", "0": insecure = true
        default: if let path = settings.text("ssl_verify") { configured.append(path) }
        }
        for name in ["SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"] {
            if let value = environment[name] { self.environment[name] = value }
        }
    }
}
