// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Configuration

/// Options on channels, indexes and transfers.
extension Option {
    static let channel = ListOption(
        "channel", letter: "c", takes: "CHANNEL", "a channel to use, best first: name, URL or path")
    static let useLocal = Flag("use-local", "the same as `-c local`, before the others: what conda-build made here")
    static let overrideChannels = Flag("override-channels", letter: "O", "use only the channels of the command line")
    static let channelPriority = SettingOption(
        "channel-priority", takes: "MODE", sets: .channelPriority, "strict, flexible or disabled")
    static let strictChannelPriority = SettingOption(
        "strict-channel-priority", sets: .channelPriority, to: .strict,
        "the first channel that has a package is the only one")
    static let noChannelPriority = SettingOption(
        "no-channel-priority", sets: .channelPriority, to: .disabled, "the highest version wins whatever its channel")
    static let channelAlias = SettingOption(
        "channel-alias", takes: "URL", sets: .channelAlias, "where channel names are looked up")
    static let useOnlyTarBz2 = SettingOption("use-only-tar-bz2", sets: .useOnlyTarBz2, "ignore .conda archives")

    static var channels: [Option] {
        [
            channel, useLocal, overrideChannels, channelPriority, strictChannelPriority, noChannelPriority,
            channelAlias,
            useOnlyTarBz2,
        ] + channelsOfOthers
    }

    static let repodataTTL = SettingOption(
        "repodata-ttl", takes: "SECONDS", sets: .localRepodataTtl,
        "how long a cached index is valid (1: as the server says)")
    static let noShards = SettingOption(
        "no-shards", also: ["no-repodata-use-shards"], sets: .useShardedRepodata, to: false,
        "read the flat repodata, not shards")
    static let shards = SettingOption(
        "repodata-use-shards", sets: .useShardedRepodata, "read shards where a channel has them (the default)")
    static let zst = SettingOption(
        "repodata-use-zst", sets: .repodataUseZst, "fetch `repodata.json.zst` where a channel has it (the default)")
    static let noZst = SettingOption(
        "no-repodata-use-zst", sets: .repodataUseZst, to: false, "fetch `repodata.json`")
    static let useIndexCache = SettingOption(
        "use-index-cache", letter: "C", sets: .useIndexCache, "use any index in the cache, however old")
    static let cacert = SettingOption(
        "cacert", also: ["cacert-path"], takes: "FILE", sets: .cacertPath, "trust the certificates in this file")
    static let sslVerify = SettingOption(
        "ssl-verify", takes: "VALUE", sets: .sslVerify, "true, false or a certificate file")
    static let insecure = SettingOption(
        "insecure", letter: "k", sets: .sslVerify, toText: "false", "do not verify certificates")
    static let retries = SettingOption(
        "retries", takes: "N", sets: .remoteMaxRetries, "how often to retry a failed transfer")
    static let readTimeout = SettingOption(
        "read-timeout", takes: "SECONDS", sets: .remoteReadTimeoutSecs, "give up after this many seconds without data")

    static let traceNetwork = ValueOption(
        "trace-network", takes: "FILE",
        "write when each request was made and answered, as JSON; a picture beside it as .html")

    static var network: [Option] {
        [
            offline, repodataTTL, useIndexCache, shards, noShards, zst, noZst, cacert, sslVerify, insecure, retries,
            readTimeout, traceNetwork,
        ]
            + networkIgnored
    }

    private static let networkIgnored: [Option] = [
        .ignored("retry-clean-cache", "a damaged index or package is fetched again anyway"),
        .ignored("ssl-no-revoke", "it is for Windows"),
    ]
}
