// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Transport

/// A subdir whose records are fetched name by name.
final class ShardedSubdir: Sendable {
    let index: ShardIndex
    /// Where the shards are, with a slash at the end and without credentials.
    let shardsURL: String
    /// What the user named.
    let channelURL: String
    /// Sent only to the channel's own host.
    let credential: Credential?

    init(index: ShardIndex, shardsURL: String, channelURL: String, credential: Credential?) {
        self.index = index
        self.shardsURL = shardsURL
        self.channelURL = channelURL
        self.credential = credential
    }

    /// All names, in the order of their bytes.
    var names: [String] { index.names }

    /// Where the shard with `digest` is.
    func url(_ digest: SHA256Digest) -> String { "\(shardsURL)\(digest.hex).msgpack.zst" }
}
