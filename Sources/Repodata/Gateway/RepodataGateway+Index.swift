// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Platform

extension RepodataGateway {
    /// A cached index whose state speaks of it; nil when anything is wrong with either.
    func openCached(_ place: Place, _ documentURL: String) -> (source: SubdirSource, state: IndexState)? {
        guard let path = cache.path(place.url, "index"), let statePath = cache.path(place.url, "state"),
            let state = IndexState(path: statePath), state.format != .shards, let index = try? IndexFile(path),
            index.identity == state.identity,
            let source = try? place.source(
                .index(index), base: index.baseURL, document: "\(place.url)/\(state.format.rawValue)",
                cachedPath: path)
        else { return nil }
        return (source, state)
    }

    /// Reads a document into `output`.
    func build(
        _ input: ChunkStream.Input, _ format: IndexState.Format, subject: String, _ output: any IndexOutput
    ) throws(Failure) {
        let stream = try ChunkStream(input, format.compression, subject: subject)
        do throws(Failure) {
            let builder = IndexBuilder(output)
            var allowsEmpty = true
            if case .pipe = input { allowsEmpty = false }
            var document = RepodataDocument(stream, subject: subject, into: builder, allowsEmpty: allowsEmpty)
            try document.read()
            try builder.finish()
        } catch {
            stream.cancel()
            throw error
        }
    }

    /// Reads a document into an index in the cache, or in a place that lasts as long as this run. `state` is asked, when all
    /// has been read, what to note about it; it may throw when the document turns out not to be one.
    func buildIndex(
        _ place: Place, _ input: ChunkStream.Input, _ format: IndexState.Format, documentURL: String,
        state: (IndexFile) throws(Failure) -> IndexState
    ) throws(Failure) -> SubdirSource {
        guard let temporary = cache.newFile(), let output = try? FileIndexOutput(creating: temporary) else {
            let output = MemoryIndexOutput()
            try build(input, format, subject: documentURL, output)
            let index = try IndexFile(IndexBytes(output, subject: documentURL))
            _ = try state(index)
            return try place.source(.index(index), base: index.baseURL, document: documentURL)
        }
        let index: IndexFile
        var note: IndexState
        do throws(Failure) {
            try build(input, format, subject: documentURL, output)
            index = try IndexFile(temporary)
            note = try state(index)
        } catch {
            try? FileSystem.unlink(temporary)
            throw error
        }
        note.identity = index.identity
        guard let path = cache.path(place.url, "index"), let statePath = cache.path(place.url, "state"),
            (try? FileSystem.rename(from: temporary, to: path)) != nil
        else {
            // The open file keeps its bytes.
            try? FileSystem.unlink(temporary)
            return try place.source(.index(index), base: index.baseURL, document: documentURL)
        }
        note.write(to: statePath, url: place.url)
        return try place.source(.index(index), base: index.baseURL, document: documentURL, cachedPath: path)
    }

    /// The source that a shard index describes.
    func shardedSource(
        _ place: Place, _ index: ShardIndex, cachedPath: String? = nil
    ) throws(Failure) -> SubdirSource {
        let document = "\(place.url)/\(IndexState.Format.shards.rawValue)"
        let shardsURL = try SubdirSource.resolve(index.shardsURL, documentURL: document)
        let shards = ShardedSubdir(
            index: index, shardsURL: shardsURL, channelURL: place.channel.baseURL, credential: place.credential)
        return try place.source(.shards(shards), base: index.baseURL, document: document, cachedPath: cachedPath)
    }
}
