// SPDX-License-Identifier: BSD-3-Clause

/// How indexes of channels are got and kept (Rules §5.4, §6.3).
package struct RepodataSettings: Sendable {
    /// Folders in which indexes may be kept, best first; the first one that can be written to is used. Each gets a folder
    /// `krait-index-v1`.
    package var cacheDirectories: [String] = []
    /// Where an index may be built when no cache can be written to; it is gone afterwards.
    package var temporaryDirectory = "/tmp"
    /// `local_repodata_ttl`: 0 asks the server each time, 1 believes its `max-age`, more are seconds.
    package var timeToLive = 1
    /// `repodata_shards_ttl`: the same for the index of shards.
    package var shardsTimeToLive = 1
    /// Nothing is fetched; every cached index is good enough.
    package var offline = false
    /// `use_sharded_repodata`
    package var usesShards = true
    /// `repodata_use_zst`
    package var usesZstd = true
    /// `use_only_tar_bz2`: of two archives of the same build take the old format.
    package var prefersTarBzip2 = false
    /// `channel_relations_max_depth`: how far channels that name others are followed; 0 does not (CEP 42).
    package var relationsDepth = 10
    /// Told what is being done, from several threads.
    package var report: (@Sendable (RepodataEvent) -> Void)?

    package init() {}
}

/// Something that happened while indexes were got ready.
package enum RepodataEvent: Sendable {
    /// An index is being fetched from a URL (without credentials).
    case fetching(channel: String, subdir: String, url: String)
    /// It is ready; `isCached` when nothing new had to be read.
    case ready(channel: String, subdir: String, isCached: Bool)
    /// A way to get it did not work, and the next one is tried.
    case fellBack(channel: String, subdir: String, reason: String)
}
