// SPDX-License-Identifier: BSD-3-Clause

extension SettingKey {
    static let network: [SettingKey] = [
        offline, sslVerify, cacertPath, clientSslCert, clientSslCertKey, proxyServers, remoteConnectTimeoutSecs,
        remoteReadTimeoutSecs, remoteMaxRetries, remoteBackoffFactor, addAnacondaToken, remoteCache, remoteCacheFill,
        downloadThreads,
        SettingKey(
            "ssl_no_revoke", .flag, default: "false", .noEffect, "do not ask for revoked certificates, on Windows"),
    ]

    package static let offline = Setting<Bool>("offline", default: false, "use only what is already on this machine")
    package static let sslVerify = Setting<String>(
        "ssl_verify", default: "true", aliases: ["verify_ssl"],
        "true, false, `<system>`, `truststore` or a CA file")
    package static let cacertPath = Setting<String?>("cacert_path", as: .path, "a file of trusted certificates")
    package static let clientSslCert = Setting<String?>(
        "client_ssl_cert", as: .path, aliases: ["client_cert"], "a client certificate (PEM)")
    package static let clientSslCertKey = Setting<String?>(
        "client_ssl_cert_key", as: .path, aliases: ["client_cert_key"], "private key of `client_ssl_cert` (PEM)")
    package static let proxyServers = Setting<[SettingMember]>(
        "proxy_servers", "proxies by scheme, `scheme://host` or `all`")
    package static let remoteConnectTimeoutSecs = Setting<UInt64>(
        "remote_connect_timeout_secs", default: 30, "seconds to wait for a connection")
    package static let remoteReadTimeoutSecs = Setting<UInt64>(
        "remote_read_timeout_secs", default: 120, aliases: ["read_timeout"],
        "seconds without data after which an attempt fails")
    package static let remoteMaxRetries = Setting<UInt64>(
        "remote_max_retries", default: 3, aliases: ["retries"], "how often a failed request is retried")
    package static let remoteBackoffFactor = Setting<Double>(
        "remote_backoff_factor", default: 1, "multiplies the pauses between retries (0.5, 1, 2 … seconds)")
    package static let addAnacondaToken = Setting<Bool>(
        "add_anaconda_token", default: true, aliases: ["add_binstar_token"], "use anaconda-client's tokens")
    package static let remoteCache = Setting<[String]>(
        "remote_cache",
        "places (https://, s3://, gs://, oci:// or a directory) that hold packages by SHA-256, asked before the channel"
    )
    package static let remoteCacheFill = Setting<Bool>(
        "remote_cache_fill", default: true, "bring packages to the first place of `remote_cache` that it lacks")
    package static let downloadThreads = Setting<UInt64>(
        "download_threads", default: 50, aliases: ["fetch_threads"],
        "the most transfers from one host at a time; how many are used depends on the connection")
}
