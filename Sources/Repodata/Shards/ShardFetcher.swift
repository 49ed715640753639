// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Failures
import Platform
import Synchronization
import Transport

/// Gets shards from the cache or the network, checks them, and reads them on worker threads; they arrive in any order.
final class ShardFetcher: Sendable {
    /// A shard, and the names its records depend on.
    struct Content: Sendable {
        var shard: Shard
        var names: [String]
        /// It came over the network.
        var isNew = false
    }

    /// The end of one request.
    struct Arrival: Sendable {
        var source: Int
        var name: String
        var result: Result<Content, Failure>
    }

    private let transport: Transport
    private let cache: IndexCache
    private let isOffline: Bool
    /// Decoders that nobody uses at the moment: making one costs more than decompressing a small shard.
    private let decoders = Mutex<[Decoder]>([])
    private let arrivals = BoundedQueue<Arrival>()
    private let pool = WorkerPool("shards", size: processorCount(), stackSize: 512 << 10)

    init(transport: Transport, cache: IndexCache, isOffline: Bool) {
        self.transport = transport
        self.cache = cache
        self.isOffline = isOffline
    }

    /// Asks for a shard; it will be among those that `next` gives.
    func start(_ name: String, _ digest: SHA256Digest, of subdir: ShardedSubdir, source: Int) {
        pool.submit { [self] in
            if let path = cache.shardPath(digest),
                let bytes = try? readFileIfPresent(path, limit: Self.limit),
                sha256(of: bytes) == digest
            {
                return arrive(name, source, read(bytes, name, path))
            }
            fetch(name, digest, subdir, source)
        }
    }

    /// Whether a shard is in the cache.
    func isCached(_ digest: SHA256Digest) -> Bool { cache.shardPath(digest).map { FileSystem.exists($0) } ?? false }

    /// The next shard that is here; waits for it.
    func next() -> Arrival {
        guard let arrival = arrivals.pop() else { preconditionFailure("the queue of shards is never closed") }
        return arrival
    }

    /// The longest shard that is taken, compressed.
    private static let limit = 64 << 20

    private func fetch(
        _ name: String, _ digest: SHA256Digest, _ subdir: ShardedSubdir, _ source: Int, attempt: Int = 0
    ) {
        let url = subdir.url(digest)
        let request = Request(
            url, maximumBody: Self.limit, credential: subdir.credential, namedBy: subdir.channelURL)
        do throws(Failure) {
            try transport.begin(request) { [self] result in
                // Not on the network thread: this takes a while.
                pool.submit { [self] in
                    let checked = Result { () throws(Failure) in try check(result.get(), name, digest, url) }
                    // Damaged on the way: asked for again, like an answer that breaks off.
                    if case .failure(let failure) = checked, failure.code == .integrity,
                        attempt < transport.settings.retries
                    {
                        return fetch(name, digest, subdir, source, attempt: attempt + 1)
                    }
                    arrive(name, source, checked)
                }
            }
        } catch {
            arrive(name, source, .failure(error))
        }
    }

    private func check(
        _ response: Response, _ name: String, _ digest: SHA256Digest, _ url: String
    ) throws(Failure) -> Content {
        try response.requireSuccess()
        guard sha256(of: response.body) == digest else {
            throw Failure(.integrity, masked(url), "the shard of `\(name)` does not have the expected digest")
        }
        cache.store(shard: response.body, digest)
        var content = try read(response.body, name, masked(url)).get()
        content.isNew = true
        return content
    }

    private func read(_ bytes: [UInt8], _ name: String, _ subject: String) -> Result<Content, Failure> {
        Result { () throws(Failure) in
            let decoder: Decoder
            if let idle = decoders.withLock({ $0.popLast() }) { decoder = idle } else { decoder = try Decoder() }
            let shard = try ShardReader.read(bytes, name: name, subject: subject, with: &decoder.zstd)
            decoders.withLock { $0.append(decoder) }
            var seen = ByteInterner()
            for block in shard.blocks {
                block.forEachDependencyName { bytes in
                    if let start = bytes.baseAddress {
                        _ = seen.intern(start.assumingMemoryBound(to: UInt8.self), bytes.count)
                    }
                }
            }
            let names = (0..<UInt32(seen.count)).map { String(decoding: seen.text($0), as: UTF8.self) }
            return Content(shard: shard, names: names)
        }
    }

    private func arrive(_ name: String, _ source: Int, _ result: Result<Content, Failure>) {
        arrivals.push(Arrival(source: source, name: name, result: result))
    }
}

/// A decoder that can be kept in an array.
private final class Decoder: @unchecked Sendable {
    // In the hands of one thread at a time.
    var zstd: ZstdDecoder

    init() throws(Failure) {
        zstd = try ZstdDecoder(subject: "shard")
    }
}
