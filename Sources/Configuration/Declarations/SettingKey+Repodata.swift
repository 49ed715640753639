// SPDX-License-Identifier: BSD-3-Clause

extension SettingKey {
    static let repodata: [SettingKey] = [
        useShardedRepodata, repodataUseZst, localRepodataTtl, repodataShardsTtl, useIndexCache, useOnlyTarBz2,
        channelRelationsMaxDepth,
        SettingKey(
            "repodata_has_zst", .list, .noEffect, "channels that are known to have `repodata.json.zst`; krait asks"),
        SettingKey(
            "repodata_fns", .list, default: "repodata.json", .noEffect,
            "names of index files to try; krait reads `repodata.json` or shards"),
    ]

    package static let useShardedRepodata = Setting<Bool>(
        "use_sharded_repodata", default: true, aliases: ["repodata_use_shards"], "use sharded repodata (CEP 16)")
    package static let repodataUseZst = Setting<Bool>(
        "repodata_use_zst", default: true, "use `repodata.json.zst`")
    package static let localRepodataTtl = Setting<UInt64>(
        "local_repodata_ttl", default: 1, aliases: ["repodata_ttl"],
        "seconds that a fetched index stays valid; 0: always ask, 1: as the server says")
    package static let repodataShardsTtl = Setting<UInt64?>(
        "repodata_shards_ttl", "the same for the index of shards (`local_repodata_ttl` where it is not set)")
    package static let useIndexCache = Setting<Bool>(
        "use_index_cache", default: false, "use any index in the cache, however old")
    package static let useOnlyTarBz2 = Setting<Bool>(
        "use_only_tar_bz2", default: false, "prefer `.tar.bz2` packages to `.conda`")
    package static let channelRelationsMaxDepth = Setting<UInt64>(
        "channel_relations_max_depth", default: 10, "how far channel relations are followed (CEP 42); 0: not at all")
}
