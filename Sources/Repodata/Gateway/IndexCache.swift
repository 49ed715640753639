// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Failures
import Platform

/// The folder that indexes and shards are kept in; everything in it is made by rename and may vanish at any time.
struct IndexCache: Sendable {
    /// Made with the first file that is kept, so that who only looks leaves no folder behind that belongs to him alone;
    /// nil when there is none that can be made and written to.
    let directory: String?
    private let temporaryDirectory: String

    init(_ settings: RepodataSettings) {
        temporaryDirectory = settings.temporaryDirectory
        directory = settings.cacheDirectories.lazy
            .map { Path.join($0, "krait-index-v1") }
            .first(where: FileSystem.isWritableDirectoryToBe)
    }

    /// Makes the folder, before a file is written to it; false where there is none.
    @discardableResult
    func make() -> Bool {
        guard let directory, (try? FileSystem.createDirectories(directory)) != nil else { return false }
        return FileSystem.isWritableDirectory(directory)
    }

    /// The file that belongs to a URL: `<md5 of the URL>.<suffix>`.
    func path(_ url: String, _ suffix: String) -> String? {
        directory.map { Path.join($0, "\(md5(of: Array(url.utf8)).hex).\(suffix)") }
    }

    /// A path for a new file: in the cache if possible, else where temporary files go; nil when neither can be written to.
    func newFile() -> String? {
        if let directory, make() { return Path.join(directory, temporaryName(prefix: ".new-")) }
        guard FileSystem.isWritableDirectory(temporaryDirectory) else { return nil }
        return Path.join(temporaryDirectory, temporaryName(prefix: "krait-index-"))
    }

    /// The file of the shard with this digest.
    func shardPath(_ digest: SHA256Digest) -> String? {
        guard let directory else { return nil }
        let hex = digest.hex
        return Path.join(directory, "shards/\(hex.prefix(2))/\(hex).msgpack.zst")
    }

    /// Keeps a shard; not being able to is no failure.
    func store(shard bytes: [UInt8], _ digest: SHA256Digest) {
        guard let path = shardPath(digest) else { return }
        if (try? writeFileAtomically(path, bytes)) != nil { return }
        guard (try? FileSystem.createDirectories(Path.parent(path))) != nil else { return }
        try? writeFileAtomically(path, bytes)
    }
}
