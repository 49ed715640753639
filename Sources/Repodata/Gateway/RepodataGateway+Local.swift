// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Platform

extension RepodataGateway {
    /// Documents from this size on are kept as an index; smaller ones are read each time.
    private static let indexedSize: UInt64 = 1 << 20

    /// Opens a subdir in the folder `path` (Rules §24).
    func openLocal(_ place: Place, _ path: String, _ policy: OpenPolicy) throws(Failure) -> OpenedSubdir {
        func find(_ format: IndexState.Format) throws(Failure) -> FileStatus? {
            try FileSystem.status(Path.join(path, format.rawValue))
        }
        let plain = try find(.json)
        let compressed = try find(.zstd)
        let format: IndexState.Format
        let status: FileStatus
        if let compressed, plain.map({ $0.modified <= compressed.modified }) ?? true {
            (format, status) = (.zstd, compressed)
        } else if let plain {
            (format, status) = (.json, plain)
        } else if settings.usesShards, policy != .renewFlat, let sharded = try openLocalShards(place, path) {
            return sharded
        } else if let old = try find(.bzip2) {
            (format, status) = (.bzip2, old)
        } else {
            return OpenedSubdir(
                source: try place.source(.empty, base: nil, document: place.url + "/"), isConfirmed: true,
                isFromCache: true
            )
        }
        let document = Path.join(path, format.rawValue)
        let documentURL = "\(place.url)/\(format.rawValue)"
        guard status.size >= Self.indexedSize || format != .json && status.size >= Self.indexedSize / 8 else {
            let output = MemoryIndexOutput()
            try build(.file(document), format, subject: document, output)
            let index = try IndexFile(IndexBytes(output, subject: document))
            return OpenedSubdir(
                source: try place.source(.index(index), base: index.baseURL, document: documentURL), isConfirmed: true,
                isFromCache: false)
        }
        let fingerprint =
            "\(format.rawValue) \(status.size) \(status.inode) \(status.modified.seconds).\(status.modified.nanoseconds)"
        if policy.believesCache || policy == .revalidate, let cached = openCached(place, documentURL),
            cached.state.source == fingerprint
        {
            return OpenedSubdir(source: cached.source, isConfirmed: true, isFromCache: true)
        }
        settings.report?(.fetching(channel: place.channel.name, subdir: place.subdir.name, url: documentURL))
        var state = IndexState()
        state.source = fingerprint
        let source = try buildIndex(place, .file(document), format, documentURL: documentURL) { (_) in state }
        return OpenedSubdir(source: source, isConfirmed: true, isFromCache: false)
    }

    private func openLocalShards(_ place: Place, _ path: String) throws(Failure) -> OpenedSubdir? {
        let file = Path.join(path, IndexState.Format.shards.rawValue)
        guard let bytes = try readFileIfPresent(file, limit: 256 << 20) else { return nil }
        let index = try ShardIndex(compressed: bytes, subject: file)
        return OpenedSubdir(source: try shardedSource(place, index), isConfirmed: true, isFromCache: false)
    }
}
