// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Configuration
import Failures
import Locations
import Platform
import Transport

extension TransportSettings {
    /// What the configuration says of fetching.
    init(_ settings: Settings, environment: ProcessEnvironment, cancellation: Cancellation) {
        self.init()
        self.cancellation = cancellation
        userAgent = "krait/\(ToolVersion.text)"
        offline = settings[.offline]
        connectTimeout = nanoseconds(settings[.remoteConnectTimeoutSecs])
        idleTimeout = nanoseconds(settings[.remoteReadTimeoutSecs])
        retries = Int(clamping: settings[.remoteMaxRetries])
        // At most a day, which no pause ever is.
        backoff = UInt64(min(settings[.remoteBackoffFactor], 172_800) * 500_000_000)
        parallelism = max(1, Int(clamping: settings[.downloadThreads]))
        // What the user has set is the most; what is only the default is meant for connections, not what shares one.
        if settings.origin(.downloadThreads) != .builtin { multiplexed = min(multiplexed, parallelism) }
        if settings[.lowMemory] { (parallelism, multiplexed) = (min(parallelism, 3), min(multiplexed, 6)) }
        clientCertificate = settings[.clientSslCert]
        clientKey = settings[.clientSslCertKey]
        trust = TrustSettings(settings, environment: environment)
        let configuration = ChannelConfiguration(settings, environment)
        mirrors = settings[.mirroredChannels].flatMap { member in
            configuration.places(ofMirrored: member.key).map { ($0, member.value.list) }
        }
        var servers: [String: String] = [:]
        for member in settings[.proxyServers] { servers[member.key] = member.value.text }
        proxies = ProxySettings(servers: servers, environment: environment.variables)
        let (amazon, google) = (AWSAccount(environment), GoogleAccount(environment))
        schemes = [
            S3Bucket { (transport, anew) throws(Failure) in try amazon.account(by: transport, anew: anew) },
            OCIRegistry(),
            GoogleStorage(endpoint: google.endpoint) { (transport, anew) throws(Failure) in
                try google.token(by: transport, anew: anew)
            },
        ]
        let store = CredentialStore(environment, usesAnacondaTokens: settings[.addAnacondaToken])
        credentials = { address in store.found(for: address).map { Credential($0.secret) } }
    }
}

extension ChannelConfiguration {
    /// Where the channels are that a key of `mirrored_channels` means: a URL as rattler has it, or a name as in micromamba
    /// (Rules §3.5).
    fileprivate func places(ofMirrored key: String) -> [String] {
        if key.hasURLScheme { return [key] }
        return (try? resolve(key))?.map(\.baseURL) ?? []
    }
}

extension Credential {
    /// What a store holds, as it is sent.
    init(_ secret: Secret) {
        switch secret {
        case .basic(let user, let password): self = .basic(user: user, password: password)
        case .bearer(let token): self = .bearer(token)
        case .condaToken(let token): self = .condaToken(token)
        case .keys(let identifier, let secret, let token):
            self = .s3(S3Keys(identifier: identifier, secret: secret, sessionToken: token), region: "")
        }
    }
}

extension CredentialStore {
    /// What is known for an address, by what its scheme asks for.
    func found(for address: Address) -> (secret: Secret, source: String)? {
        let isRegistry = address.scheme == "oci"
        let base = isRegistry ? RegistryAccess.baseURL(address.authority) : address.scheme + ":"
        return found(
            authority: address.authority, path: address.target, isProtected: base.hasPrefix("https:"),
            purpose: isRegistry ? .registry : address.scheme == "s3" ? .bucket : .files)
    }
}

private func nanoseconds(_ seconds: UInt64) -> UInt64 { min(seconds, 1 << 33) * 1_000_000_000 }

extension Credential {
    /// What a channel's URL carried.
    init?(_ credentials: URLCredentials) {
        if let token = credentials.token {
            self = .condaToken(token, after: credentials.tokenPath)
        } else if let user = credentials.user {
            self = .basic(user: user, password: credentials.password ?? "")
        } else {
            return nil
        }
    }
}

extension TrustSettings {
    /// What the configuration says of certificates (Requirements R-20).
    init(_ settings: Settings, environment: ProcessEnvironment) {
        self.init()
        if let path = settings[.cacertPath] {
            if settings.origin(.cacertPath) == .commandLine { explicitFile = path } else { configured.append(path) }
        }
        let verify = settings[.sslVerify]
        // Words of the peers, beside those of any setting that is yes or no; else it is a file.
        let words = ["<true>": true, "<system>": true, "truststore": true, "<false>": false]
        if let verifies = truth(verify) ?? words[verify.lowercased()] {
            insecure = !verifies
        } else {
            configured.append(verify)
        }
        for name in ["SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"] {
            if let value = environment[name] { self.environment[name] = value }
        }
    }
}
