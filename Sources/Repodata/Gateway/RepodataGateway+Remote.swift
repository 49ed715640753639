// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Platform
import Transport

extension RepodataGateway {
    /// How long it is believed that a server has no shards, and no compressed document: seconds.
    private static let shardsAbsence: Int64 = 86_400
    private static let zstdAbsence: Int64 = 14 * 86_400

    /// Opens a subdir that is served over the network: shards, else `.zst`, else the plain document, else `.bz2`
    /// (Rules §5.3, §6).
    func openRemote(_ place: Place, _ policy: OpenPolicy) throws(Failure) -> OpenedSubdir {
        let now = wallClockSeconds()
        var known = cache.path(place.url, "state").flatMap { IndexState(path: $0) } ?? IndexState()
        if policy == .flat {
            if settings.offline, case nil = openCached(place, place.url) { return try openRemote(place, .normal) }
            let flat = try openFlat(place, policy, now, known)
            if case .empty = flat.source.content { return try openRemote(place, .normal) }
            return flat
        }
        let replaces = known.replacesShards && (policy == .normal || policy == .revalidate)
        if settings.usesShards, policy != .renewFlat, !replaces || openCached(place, place.url) == nil {
            let isKnownToLack = known.lacksShards > 0 && (0..<Self.shardsAbsence).contains(now - known.lacksShards)
            if !isKnownToLack || policy == .renew {
                do throws(Failure) {
                    let isFirst = cache.path(place.url, "shards").map { !FileSystem.exists($0) } ?? true
                    if let sharded = try openShards(place, policy, now) {
                        guard isFirst else { return sharded }
                        return cheaper(sharded, place, policy, now, known) ?? sharded
                    }
                    if !settings.offline { known.lacksShards = now }
                } catch {
                    if error.code == .interrupted || error.code == .terminated { throw error }
                    // A shard index that cannot be had or read is no reason to fail: there is the document.
                    settings.report?(
                        .fellBack(
                            channel: place.channel.name, subdir: place.subdir.name,
                            reason: "\(error.subject): \(error.reason)"))
                }
            }
        }
        var flat = try openFlat(place, policy, now, known)
        if replaces { flat.note = Self.chosen + ", as the last run found" }
        return flat
    }

    private static let chosen = "the whole index, which takes less time than shards"

    /// The whole document in place of shards, where the way to the server is so long that it takes less time.
    private func cheaper(
        _ sharded: OpenedSubdir, _ place: Place, _ policy: OpenPolicy, _ now: Int64, _ known: IndexState
    ) -> OpenedSubdir? {
        guard policy == .normal, settings.usesZstd, case .shards(let shards) = sharded.source.content,
            let choice = choice(shards), choice.longestDocument > 0,
            !((0..<Self.zstdAbsence).contains(now - known.lacksZstd))
        else { return nil }
        var known = known
        known.replacesShards = true
        // Longer than it is worth, or not to be had: nothing is lost but this request.
        let longest = min(choice.longestDocument, UInt64(Self.pipeSize))
        guard var opened = try? openFlat(place, .flat, now, known, formats: [.zstd], longest: longest) else {
            return nil
        }
        if case .empty = opened.source.content { return nil }
        opened.note = Self.chosen + ", a round trip being \(choice.roundTrip / 1_000_000) ms"
        return opened
    }

    /// What is known of the way to some shards; nil when nothing was asked of their server yet.
    func choice(_ shards: ShardedSubdir) -> IndexChoice? {
        transport.link(to: shards.shardsURL).map {
            IndexChoice(roundTrip: $0.roundTrip, rate: $0.rate, names: shards.index.nameCount)
        }
    }

    // MARK: Shards

    /// The shard index of a subdir; nil when the server has none.
    func openShards(_ place: Place, _ policy: OpenPolicy, _ now: Int64) throws(Failure) -> OpenedSubdir? {
        let url = "\(place.url)/\(IndexState.Format.shards.rawValue)"
        let path = cache.path(place.url, "shards")
        let statePath = cache.path(place.url, "shards.state")
        var cached: (bytes: [UInt8], state: IndexState)?
        if policy == .normal || policy == .revalidate, let path, let statePath, let state = IndexState(path: statePath),
            let bytes = try? readFileIfPresent(path, limit: 256 << 20), state.identity == sha256(of: bytes).hex
        {
            cached = (bytes, state)
        }
        if let cached, let index = try? ShardIndex(compressed: cached.bytes, subject: url) {
            let isFresh = policy == .normal && cached.state.isFresh(timeToLive: settings.shardsTimeToLive, now: now)
            if isFresh || settings.offline {
                return OpenedSubdir(
                    source: try shardedSource(place, index, cachedPath: path), isConfirmed: settings.offline,
                    isFromCache: true, isOld: now - cached.state.confirmed > 60)
            }
        }
        if settings.offline { return nil }
        settings.report?(.fetching(channel: place.channel.name, subdir: place.subdir.name, url: url))
        let request = Request(
            url, headers: cached?.state.validators ?? [], maximumBody: ShardIndex.limit, credential: place.credential)
        let response = try transport.fetch(request)
        var state = IndexState()
        state.format = .shards
        state.etag = response.headers.etag
        state.lastModified = response.headers.lastModified
        state.maximumAge = IndexState.maximumAge(response.headers.cacheControl)
        state.confirmed = now
        let bytes: [UInt8]
        if response.status == 304, let cached {
            bytes = cached.bytes
            state.etag = state.etag ?? cached.state.etag
            state.lastModified = state.lastModified ?? cached.state.lastModified
        } else if response.isSuccess {
            bytes = response.body
        } else {
            return nil
        }
        let index = try ShardIndex(compressed: bytes, subject: url)
        state.identity = sha256(of: bytes).hex
        if let path, let statePath, cache.make() {
            if response.status != 304 { try? writeFileAtomically(path, bytes) }
            state.write(to: statePath, url: url)
        }
        return OpenedSubdir(
            source: try shardedSource(place, index, cachedPath: path), isConfirmed: true,
            isFromCache: response.status == 304)
    }

    // MARK: Whole documents

    private func openFlat(
        _ place: Place, _ policy: OpenPolicy, _ now: Int64, _ known: IndexState,
        formats: [IndexState.Format] = [.zstd, .json, .bzip2], longest: UInt64? = nil
    ) throws(Failure) -> OpenedSubdir {
        var known = known
        let cached = policy.believesCache || policy == .revalidate ? openCached(place, place.url) : nil
        if let cached {
            let isFresh = policy.believesCache && cached.state.isFresh(timeToLive: settings.timeToLive, now: now)
            if isFresh || settings.offline {
                if known.lacksShards != cached.state.lacksShards, let path = cache.path(place.url, "state") {
                    known.write(to: path, url: place.url)
                }
                return OpenedSubdir(
                    source: cached.source, isConfirmed: settings.offline, isFromCache: true,
                    isOld: now - cached.state.confirmed > 60)
            }
        }
        if settings.offline {
            throw Failure(
                .network, place.url, "no index of it is on this machine, and none may be fetched (offline)",
                hint: "it has to be fetched once: run this without --offline where there is a network")
        }
        let lacksZstd = known.lacksZstd > 0 && (0..<Self.zstdAbsence).contains(now - known.lacksZstd)
        var refusal: (failure: Failure, isForbidden: Bool)?
        for format in formats {
            if format == .zstd, !settings.usesZstd || lacksZstd { continue }
            let document = "\(place.url)/\(format.rawValue)"
            let validators = cached?.state.format == format ? cached?.state.validators ?? [] : []
            settings.report?(.fetching(channel: place.channel.name, subdir: place.subdir.name, url: document))
            let size = cached.flatMap { $0.source.cachedPath }.flatMap { try? FileSystem.status($0)?.size }
            switch try fetch(place, format, document, validators, now, known, longest, likelySize: longest ?? size) {
            case .built(let source):
                return OpenedSubdir(source: source, isConfirmed: true, isFromCache: false)
            case .notModified(let headers):
                guard let cached else { continue }
                var state = cached.state
                state.confirmed = now
                state.maximumAge = IndexState.maximumAge(headers.cacheControl)
                state.etag = headers.etag ?? state.etag
                state.lastModified = headers.lastModified ?? state.lastModified
                state.lacksShards = known.lacksShards
                state.replacesShards = known.replacesShards
                if let path = cache.path(place.url, "state") { state.write(to: path, url: place.url) }
                return OpenedSubdir(source: cached.source, isConfirmed: true, isFromCache: true)
            case .absent:
                if format == .zstd { known.lacksZstd = now }
            case .refused(let failure, let isForbidden):
                settings.report?(
                    .fellBack(
                        channel: place.channel.name, subdir: place.subdir.name,
                        reason: "\(failure.subject): \(failure.reason)"))
                // What the document itself says counts more than what is wrong with another form of it.
                if refusal == nil || format == .json { refusal = (failure, isForbidden) }
                if format == .zstd { known.lacksZstd = now }
            }
        }
        // Stores that may not be listed say "forbidden" of what they have not; that is an answer for a platform that a
        // channel may lack, and none for the channel.
        if let refusal, place.subdir.isNoarch || !refusal.isForbidden { throw refusal.failure }
        return OpenedSubdir(
            source: try place.source(.empty, base: nil, document: place.url + "/"), isConfirmed: true,
            isFromCache: false)
    }

    private enum Fetched {
        case built(SubdirSource)
        case notModified(HeaderFields)
        case absent
        /// Another form of the document may do better.
        case refused(Failure, isForbidden: Bool)
    }

    /// The longest document that is read, seven times what the largest channel has: one without end ends here.
    private static let documentLimit = 2 << 30
    /// Bytes of a document held until they are read.
    private static let pipeSize = 1 << 20

    private func fetch(
        _ place: Place, _ format: IndexState.Format, _ url: String, _ validators: [(name: String, value: String)],
        _ now: Int64, _ known: IndexState, _ longest: UInt64?, likelySize: UInt64?, attempt: Int = 0
    ) throws(Failure) -> Fetched {
        var request = Request(
            url, headers: validators, maximumBody: longest.map { Int(clamping: $0) } ?? Self.documentLimit,
            credential: place.credential)
        request.likelySize = likelySize
        request.allowsEncoding = format == .json
        request.answersAnyStatus = true
        let pipe = BytePipe(capacity: Self.pipeSize)
        let transfer = try transport.start(request, to: pipe)
        defer { pipe.cancel() }
        do throws(Failure) {
            let source = try buildIndex(
                place, .pipe(pipe), format, documentURL: url
            ) { (_) throws(Failure) in
                let response = try transfer.wait()
                // An answer like 304 or 404 had no bytes, which read like an empty document.
                guard response.isSuccess else { throw Failure(.network, url, RepodataDocument.nothing) }
                var state = known
                state.format = format
                state.etag = response.headers.etag
                state.lastModified = response.headers.lastModified
                state.maximumAge = IndexState.maximumAge(response.headers.cacheControl)
                state.confirmed = now
                state.source = nil
                return state
            }
            return .built(source)
        } catch {
            // Damaged on the way: asked for again, like an answer that breaks off. A zstd frame is not an HTML page.
            let isDamaged =
                error.code == .integrity && !(error.cause is NotZstd) || error.code == .parse && format == .zstd
            if isDamaged, attempt < transport.settings.retries {
                return try fetch(
                    place, format, url, validators, now, known, longest, likelySize: likelySize, attempt: attempt + 1)
            }
            // A page instead of the compressed document, as servers send that know no 404.
            if format != .json, error.code == .parse || error.cause is NotZstd {
                return .refused(error, isForbidden: false)
            }
            guard error.reason == RepodataDocument.nothing, let response = try? transfer.wait() else { throw error }
            switch response.status {
            case 304: return .notModified(response.headers)
            case 404, 410: return .absent
            case 200..<300:
                return .refused(Failure(.network, url, "the server's answer is empty"), isForbidden: false)
            default:
                do throws(Failure) {
                    try response.requireSuccess()
                } catch {
                    guard response.status == 403 else { throw error }
                    return .refused(error, isForbidden: true)
                }
                throw error
            }
        }
    }
}
