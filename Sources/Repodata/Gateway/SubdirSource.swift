// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Locations

/// One subdir of a channel, ready to be asked for the records of a name.
struct SubdirSource: Sendable {
    let channel: Channel
    let subdir: Subdir
    /// Where its archives are, with a slash at the end and without credentials.
    let packagesURL: String
    let content: Content
    /// Where the index is kept, to throw it away when it turns out to be damaged.
    let cachedPath: String?

    enum Content: Sendable {
        /// The channel does not serve this platform.
        case empty
        case index(IndexFile)
        case shards(ShardedSubdir)
    }

    /// All names, in the order of their bytes.
    var names: [String] {
        switch content {
        case .empty: []
        case .index(let index): (0..<index.nameCount).map { index.name($0) }
        case .shards(let shards): shards.names
        }
    }

    /// `base` as a document at `url` means it (CEP 15): absolute, from the root of the host, or relative to the document.
    ///
    /// - Throws: `Failure(.integrity)` when the document sends its reader to this machine's files, from TLS to what is not
    ///   protected, or to another scheme.
    static func resolve(_ base: String?, documentURL: String) throws(Failure) -> String {
        if let url = documentURL.resolvingDirectory(base) { return url }
        throw Failure(
            .integrity, documentURL.maskingSecrets,
            "it places its files at `\((base ?? "").maskingSecrets)`, which it may not lead to",
            hint: "from https only https is followed, and from the network never a file of this machine")
    }
}
