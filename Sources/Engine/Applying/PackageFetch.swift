// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Configuration
import Failures
import Locations
import Packages
import Platform
import Repodata
import Synchronization
import Transport

/// Brings the packages of a plan onto this machine, unpacked and verified: from the cache, from archives that other
/// tools left, or from their URLs.
struct PackageFetch: Sendable {
    let context: Context
    /// Where packages are unpacked when there is no cache; on the file system of the prefix.
    let staging: UnpackingDirectory

    /// What a plan's packages became, in its order.
    struct Fetched: Sendable {
        var entries: [CacheEntry]
        /// How many were fetched and their bytes.
        var count = 0
        var bytes: UInt64 = 0
        /// True when the entries are in ``PackageFetch/staging`` and may be moved away.
        var isStaged = false
        /// What was left out of archives that were unpacked.
        var warnings: [String] = []
    }

    /// Bytes of one package that may come damaged before it is given up after the usual retries.
    private static let cheap: UInt64 = 64 << 20

    /// Unpacks for this prefix alone: there is no cache to keep anything in.
    var isStaged: Bool { context.packageCache.writableDirectory == nil }

    /// What the cache has of `links`, in their order: what the plan has found, where it is still there.
    func lookup(_ links: [ChangePlan.Link]) -> [CacheEntry?] {
        var found = links.map { link in link.cached.flatMap { FileSystem.exists($0.directory) ? $0 : nil } }
        let missing = found.indices.filter { found[$0] == nil }
        for (index, entry) in zip(missing, context.packageCache.lookup(missing.map { links[$0].record })) {
            found[index] = entry
        }
        return found
    }

    /// Brings those of `links` that were not `found`; `ready` is called for each of them on a worker's thread as soon
    /// as it is complete, with its place among `links`.
    func fetch(
        _ links: [ChangePlan.Link], found: [CacheEntry?],
        ready: @escaping @Sendable (Int, CacheEntry) throws(Failure) -> Void = { (_, _) throws(Failure) in }
    ) throws(Failure) -> Fetched {
        let missing = found.indices.filter { found[$0] == nil }
        guard !missing.isEmpty else { return Fetched(entries: found.compactMap { $0 }) }
        let isStaged = isStaged
        let stagingPath = isStaged ? try staging.path() : nil
        let sizes = missing.map { links[$0].record.size ?? 0 }
        let warning = try RemoteCache(context).fill(missing.map { links[$0] }.filter(isRemote))
        context.progress.begin(.fetching, packages: missing.count, bytes: sizes.saturatingSum)
        let entries = Mutex<[CacheEntry?]>(found)
        var fetcher = PackageFetcher(cancellation: context.cancellation)
        let threads = context.settings[.extractThreads]
        if threads > 0 {
            fetcher.workers = Int(clamping: threads)
        }
        if context.settings[.lowMemory] { fetcher.saveMemory() }
        try fetcher.run(
            sizes: sizes,
            open: { (index) throws(Failure) in try source(links[missing[index]]) },
            unpack: { (index, source) throws(Failure) in
                let link = links[missing[index]]
                let entry = try unpack(link, source, stagedIn: stagingPath)
                entries.withLock { $0[missing[index]] = entry }
                try ready(missing[index], entry)
                context.progress.finishPackage()
            })
        var result = Fetched(entries: entries.withLock { $0 }.compactMap { $0 })
        result.count = missing.count
        result.bytes = result.entries.filter(\.isNew).map(\.facts.archiveSize).saturatingSum
        result.isStaged = isStaged
        if let warning { result.warnings.append(warning) }
        for (link, entry) in zip(links, result.entries) where !entry.setIDs.isEmpty {
            let others = entry.setIDs.count > 1 ? " and \(entry.setIDs.count - 1) more are" : " is"
            result.warnings.append(
                "`\(entry.setIDs[0])`\(others) set-user-id or set-group-id in the archive of "
                    + "\(link.record.distribution), and installed without that bit")
        }
        return result
    }

    private func unpack(
        _ link: ChangePlan.Link, _ source: PackageSource, stagedIn staging: String?, attempt: UInt64 = 0,
        last: UnpromisedArchive? = nil
    ) throws(Failure) -> CacheEntry {
        do throws(Failure) {
            let entry: CacheEntry
            if let staging {
                let unpacker = PackageUnpacker(limits: context.extractionLimits, cancellation: context.cancellation)
                entry = try unpacker.unpack(link.record, from: source, to: "\(staging)/\(link.record.distribution)")
            } else {
                entry = try context.packageCache.store(link.record, from: source)
            }
            // Whatever was counted on the way, in the end it is what the sum was made of.
            context.progress.advance(bytes: (link.record.size ?? 0) &- source.consumed)
            return entry
        } catch {
            context.progress.advance(bytes: 0 &- source.consumed)
            // An archive that another tool left, or a cache that many share, and that is not what it should be: the
            // channel's is. What was damaged on the way is asked for again, like an answer that breaks off.
            let received = error.cause as? UnpromisedArchive
            let status = (error.cause as? RefusedRequest)?.status
            // One that comes twice as the same other one, or is not there, may be right where the index is wrong.
            if received.map({ $0 == last }) ?? (status == 404 || status == 410) { try doubt(link, error) }
            guard error.code == .integrity, !link.record.url.hasPrefix("file:") else { throw error }
            switch source {
            case .file(let path): guard path != link.source else { throw error }
            case .pipe:
                let isOfCache = attempt == 0 && !RemoteCache(context).urls(of: link.record).isEmpty
                let retries = context.settings[.remoteMaxRetries]
                // Small ones, of which there are many, cost little to be asked for more often; most are, where a lock
                // tells no size.
                let isCheap = attempt * min(link.record.size ?? Self.cheap / 16, Self.cheap) < Self.cheap
                guard isOfCache || (isCheap ? attempt / UInt64(TransportSettings.lenience) : attempt) < retries else {
                    throw error
                }
                if isOfCache { RemoteCache(context).discard(link.record) }
            }
            return try unpack(
                link, try remote(link, pastCaches: true), stagedIn: staging, attempt: attempt + 1, last: received)
        }
    }

    /// Asks the channel again what the archive is.
    ///
    /// - Throws: what went wrong, as ``RenewedIndex``, where its index tells something else by now.
    private func doubt(_ link: ChangePlan.Link, _ failure: Failure) throws(Failure) {
        // What an index that cannot be had would tell makes no difference.
        guard let place = try? context.repodata.renewIndex(of: link.record) else { return }
        var failure = failure
        failure.cause = RenewedIndex(place: place)
        throw failure
    }

    private func source(_ link: ChangePlan.Link) throws(Failure) -> PackageSource {
        if let source = link.source, Path.isAbsolute(source) { return .file(source) }
        if let archive = context.packageCache.findArchive(link.record) { return .file(archive) }
        return try remote(link)
    }

    /// False for what is on this machine already, unpacked or not.
    private func isRemote(_ link: ChangePlan.Link) -> Bool {
        !(link.source.map(Path.isAbsolute) ?? false) && context.packageCache.findArchive(link.record) == nil
    }

    private func remote(_ link: ChangePlan.Link, pastCaches: Bool = false) throws(Failure) -> PackageSource {
        let url = link.source ?? link.record.url
        if url.hasPrefix("file://") {
            return .file(String(url.dropFirst("file://".count)).percentDecoded)
        }
        // What fits into the pipe as a whole never has to wait for a worker, so that it may share a connection.
        let size = link.record.size.map { min($0, 256 << 10) } ?? 256 << 10
        let pipe = BytePipe(capacity: max(Int(size), 4096)) { [progress = context.progress] in
            progress.advance(bytes: UInt64($0))
        }
        // The size is checked with the hash: a wrong one is the archive's fault, not the network's.
        var request = Request(
            url, maximumBody: .max, credential: link.credential,
            namedBy: link.source == nil ? link.record.channel : nil)
        request.likelySize = link.record.size
        request.sha256 = link.record.sha256.map(\.description)
        if !pastCaches { request.caches = RemoteCache(context).urls(of: link.record) }
        _ = try context.transport.start(request, to: pipe)
        return .pipe(pipe)
    }
}
