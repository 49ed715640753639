// SPDX-License-Identifier: BSD-3-Clause
//
// Channels to candidates. For each subdir of each channel the best form on offer is found (shards, then the compressed
// document, then the plain one) and kept as an index of our own; of all indexes together only the records of the wanted
// names, and of all they depend on, are copied out. Whatever is stale or damaged is fetched anew without asking.
package import Conda
package import Failures
import Locations
import Platform
import Synchronization
package import Transport

/// Gets the records of channels.
package final class RepodataGateway: Sendable {
    let transport: Transport
    let settings: RepodataSettings
    let cache: IndexCache
    /// Subdirs that were opened before, by URL: asking again in one run costs nothing.
    private let opened = Mutex<[String: OpenedSubdir]>([:])
    /// URLs of the subdirs whose index was found wrong and fetched anew.
    private let renewed = Mutex<Set<String>>([])

    package init(_ transport: Transport, _ settings: RepodataSettings) {
        self.transport = transport
        self.settings = settings
        cache = IndexCache(settings)
    }

    /// The records of `names`, of names that match `patterns`, and of everything these depend on. `channels` are in order of
    /// priority; of each the given subdirs are read as far as the channel is not limited to others.
    /// Without `followsDependencies` the names themselves are all. With `revalidates`, servers are asked about doubtful indexes; with
    /// `wantsAll`, whole documents are taken before shards, each of which is a request.
    package func load(
        channels: [Channel], subdirs: [Subdir], names: [String], patterns: [StringMatcher] = [],
        followsDependencies: Bool = true, revalidates: Bool = false, wantsAll: Bool = false
    ) throws(Failure) -> LoadedRepodata {
        // How each place is opened where that is not as usual, by URL.
        var policies: [String: OpenPolicy] = [:]
        var mayAskAgain = !settings.offline
        while true {
            let (channels, wanted, subdirs) = try open(channels, subdirs, policies, wantsAll ? .flat : .normal)
            try checkPresence(wanted, subdirs)
            let sources = subdirs.map(\.source)
            let foresight = foresight(sources)
            let closure = NameClosure(
                sources, fetcher: ShardFetcher(transport: transport, cache: cache, isOffline: settings.offline),
                followsDependencies: followsDependencies, foresight: foresight)
            var seeds = names
            if !patterns.isEmpty {
                for source in sources {
                    for name in source.names where patterns.contains(where: { $0.matches(name) }) { seeds.append(name) }
                }
            }
            for name in seeds { closure.want(name) }
            do throws(SourceFailure) {
                try closure.run()
            } catch {
                // Once more with something better: a new index, then the whole document instead of shards.
                let number = error.source
                let policy = policies[wanted[number].url] ?? (wantsAll ? .flat : .normal)
                guard
                    let next = policy.next(
                        isSharded: sources[number].isSharded, isCached: !subdirs[number].isConfirmed)
                else { throw error.failure }
                try transport.settings.cancellation?.check()
                report(wanted[number], error.failure)
                policies[wanted[number].url] = next
                forget(wanted[number])
                continue
            }
            if foresight != nil { keepHints(closure, wanted) }
            let missing = names.filter { closure.records[$0.asciiLowered] == nil && !$0.hasPrefix("__") }
            // Before a name is called unknown, indexes that were believed without asking are asked about.
            let doubtful = subdirs.indices.filter { !subdirs[$0].isConfirmed && subdirs[$0].isOld }
            if !doubtful.isEmpty, revalidates || !missing.isEmpty, mayAskAgain {
                mayAskAgain = false
                for number in doubtful {
                    policies[wanted[number].url] = .revalidate
                    forget(wanted[number])
                }
                continue
            }
            var loaded = build(channels, sources, closure, missing)
            loaded.notes = zip(wanted, subdirs).compactMap { place, subdir in
                subdir.note.map { "\(place.shown): \($0)" }
            }
            loaded.isDoubtful = !doubtful.isEmpty && mayAskAgain
            return loaded
        }
    }

    /// Fetches the index that lists `record` again, past the cache, and returns the name of its subdir if the archive is listed
    /// differently now: the cached index was damaged (many have no checksum that would show it) or out of date. Returns nil if
    /// the archive is listed as before, or if there is no index to fetch. Each index is fetched once in a run; later calls
    /// compare with what was fetched.
    package func renewIndex(of record: PackageRecord) throws(Failure) -> String? {
        if settings.offline { return nil }
        // Whoever comes second waits for the answer.
        return try renewed.withLock { (renewed) throws(Failure) -> String? in
            let source = opened.withLock { $0.values.first { $0.source.has(record) } }?.source
            guard let source else { return nil }
            let place = Place(channel: source.channel, subdir: source.subdir)
            guard place.localPath == nil else { return nil }
            if renewed.insert(place.url).inserted {
                forget(place)
                _ = try open([place], [place.url: source.isSharded ? .renew : .renewFlat], .normal)
            }
            let loaded = try load(
                channels: [place.channel], subdirs: [place.subdir], names: [record.name], followsDependencies: false)
            for row in loaded.table.rows.indices {
                let found = try loaded.record(row)
                guard found.url == record.url else { continue }
                let isSame = found.sha256 == record.sha256 && found.md5 == record.md5 && found.size == record.size
                return isSame ? nil : place.shown
            }
            return place.shown
        }
    }

    /// What may be asked for ahead: nothing where no shards are, or their server is near.
    private func foresight(_ sources: [SubdirSource]) -> NameClosure.Foresight? {
        if settings.offline { return nil }
        var paths: [String] = []
        var whole: [Int] = []
        for (number, source) in sources.enumerated() {
            guard case .shards(let shards) = source.content else { continue }
            let choice = choice(shards)
            if choice?.isFar == false { continue }
            if let path = hintsPath(source) { paths.append(path) }
            if choice?.takesAllShards == true { whole.append(number) }
        }
        return paths.isEmpty && whole.isEmpty
            ? nil : NameClosure.Foresight(hints: ClosureHints(paths: paths), whole: whole)
    }

    private func hintsPath(_ source: SubdirSource) -> String? {
        cache.path(source.channel.url(of: source.subdir), "hints")
    }

    /// Notes for later runs what shards have led to.
    private func keepHints(_ closure: NameClosure, _ places: [Place]) {
        for (source, found) in Dictionary(grouping: closure.learnt, by: \.source) {
            guard let path = cache.path(places[source].url, "hints") else { continue }
            var hints = ClosureHints(paths: [path])
            for learnt in found { hints.note(learnt.name, learnt.names) }
            hints.write(to: path)
        }
    }

    private func build(
        _ channels: [Channel], _ sources: [SubdirSource], _ closure: NameClosure, _ missing: [String]
    ) -> LoadedRepodata {
        var builder = CandidateTableBuilder(sources, channels: channels, prefersTarBzip2: settings.prefersTarBzip2)
        // In a fixed order, whatever the order of arrival was.
        for name in closure.records.keys.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            if let records = closure.records[name] { builder.add(name, records) }
        }
        return LoadedRepodata(
            table: builder.table, missingNames: missing, blocks: builder.blocks, sources: sources,
            skippedFiles: closure.skippedFiles)
    }

    /// Opens the subdirs of the channels and of all channels that these name; everything in order of priority.
    private func open(
        _ channels: [Channel], _ subdirs: [Subdir], _ policies: [String: OpenPolicy], _ usual: OpenPolicy
    ) throws(Failure) -> ([Channel], [Place], [OpenedSubdir]) {
        var order = ChannelOrder(channels, maximumDepth: settings.relationsDepth)
        var opened: [String: OpenedSubdir] = [:]
        func places(_ channels: [Channel]) -> [Place] {
            channels.flatMap { channel in
                subdirs.filter { channel.subdirs?.contains($0) ?? true }.map { Place(channel: channel, subdir: $0) }
            }
        }
        while true {
            let new = places(order.known).filter { opened[$0.url] == nil }
            let found = try open(new, policies, usual)
            for (place, subdir) in zip(new, found) { opened[place.url] = subdir }
            var hasMore = false
            for subdir in found {
                guard let relation = try ChannelRelation(subdir.source) else { continue }
                if try order.note(relation, of: subdir.source.channel) { hasMore = true }
            }
            if !hasMore { break }
        }
        let sorted = try order.sorted()
        let all = places(sorted)
        return (sorted, all, all.compactMap { opened[$0.url] })
    }

    /// Opens all places side by side.
    private func open(
        _ places: [Place], _ policies: [String: OpenPolicy], _ usual: OpenPolicy
    ) throws(Failure) -> [OpenedSubdir] {
        let known = opened.withLock { $0 }
        let results = Mutex<[Int: OpenedSubdir]>([:])
        var missing: [Int] = []
        for (number, place) in places.enumerated() {
            if let subdir = known[place.url] {
                results.withLock { $0[number] = subdir.with(place) }
            } else {
                missing.append(number)
            }
        }
        // Most of the time is waiting, so more threads than processors do no harm.
        let numbers = missing
        try forEachInParallel(numbers.count, workers: 16, name: "repodata") { (index) throws(Failure) in
            let number = numbers[index]
            let subdir = try self.open(places[number], policies[places[number].url] ?? usual)
            results.withLock { $0[number] = subdir }
        }
        let all = results.withLock { $0 }
        opened.withLock { known in
            for number in numbers { known[places[number].url] = all[number] }
        }
        return places.indices.compactMap { all[$0] }
    }

    private func open(_ place: Place, _ policy: OpenPolicy) throws(Failure) -> OpenedSubdir {
        let subdir: OpenedSubdir
        if let path = place.localPath {
            subdir = try openLocal(place, path, policy)
        } else {
            subdir = try openRemote(place, policy)
        }
        settings.report?(
            .ready(channel: place.channel.name, subdir: place.subdir.name, isCached: subdir.isFromCache))
        return subdir
    }

    /// A channel without `noarch` is none; one without a platform has nothing for it (Rules §3.3).
    private func checkPresence(_ places: [Place], _ subdirs: [OpenedSubdir]) throws(Failure) {
        for (place, subdir) in zip(places, subdirs) where place.subdir.isNoarch {
            guard case .empty = subdir.source.content else { continue }
            throw Failure(
                .network, place.channel.name, "there is no such channel: it has no noarch/repodata.json",
                hint: "looked in \(place.url); check the channel's name",
                cause: UnavailableChannel(url: place.channel.baseURL))
        }
    }

    private func report(_ place: Place, _ failure: Failure) {
        settings.report?(
            .fellBack(
                channel: place.channel.name, subdir: place.subdir.name, reason: "\(failure.subject): \(failure.reason)")
        )
    }

    private func forget(_ place: Place) {
        opened.withLock { $0[place.url] = nil }
    }
}

/// How eagerly an index is renewed.
enum OpenPolicy: Sendable {
    /// The cache is believed as long as the server said.
    case normal
    /// The server is asked whether the cached index is good.
    case revalidate
    /// Nothing cached is used.
    case renew
    /// Nothing cached is used, nor are shards.
    case renewFlat
    /// As ``normal``, but shards are taken only where there is no whole document.
    case flat

    /// Whether what is cached may be used, as long as it is fresh.
    var believesCache: Bool { self == .normal || self == .flat }

    /// What to do after a failure with this policy.
    func next(isSharded: Bool, isCached: Bool) -> OpenPolicy? {
        switch self {
        case .normal, .revalidate: isSharded && !isCached ? .renewFlat : .renew
        case .renew: isSharded ? .renewFlat : nil
        case .flat: .renewFlat
        case .renewFlat: nil
        }
    }
}

/// A subdir of a channel, and where it is.
struct Place: Sendable {
    let channel: Channel
    let subdir: Subdir
    /// Without credentials and trailing slash.
    let url: String

    init(channel: Channel, subdir: Subdir) {
        self.channel = channel
        self.subdir = subdir
        url = channel.url(of: subdir)
    }

    /// `conda-forge/noarch`
    var shown: String { "\(channel.name)/\(subdir.name)" }

    /// The folder of a channel that is on this machine.
    var localPath: String? {
        if url.hasPrefix("file://") { return String(url.dropFirst(7)).percentDecoded }
        return url.hasPrefix("/") ? url : nil
    }

    /// What the channel's URL carried to get in with.
    var credential: Credential? {
        guard let credentials = channel.credentials else { return nil }
        if let token = credentials.token { return .condaToken(token, after: credentials.tokenPath) }
        return credentials.user.map { .basic(user: $0, password: credentials.password ?? "") }
    }

    /// A source of this place; `document` is the URL its relative addresses start from.
    func source(
        _ content: SubdirSource.Content, base: String?, document: String, cachedPath: String? = nil
    ) throws(Failure) -> SubdirSource {
        SubdirSource(
            channel: channel, subdir: subdir, packagesURL: try SubdirSource.resolve(base, documentURL: document),
            content: content, cachedPath: cachedPath)
    }
}

/// A source, and how sure one can be of it.
struct OpenedSubdir: Sendable {
    var source: SubdirSource
    /// The server was asked in this run, or the source itself was read.
    var isConfirmed: Bool
    /// Nothing new had to be read.
    var isFromCache: Bool
    /// The server was asked longer ago than a minute.
    var isOld = false
    /// Why this form of the index was taken, where there was a choice.
    var note: String?

    /// The same for a channel that is called otherwise.
    func with(_ place: Place) -> OpenedSubdir {
        var copy = self
        copy.source = SubdirSource(
            channel: place.channel, subdir: place.subdir, packagesURL: source.packagesURL, content: source.content,
            cachedPath: source.cachedPath)
        return copy
    }
}

extension SubdirSource {
    var isSharded: Bool {
        if case .shards = content { true } else { false }
    }

    /// Whether an archive is one of its own.
    func has(_ record: PackageRecord) -> Bool {
        record.subdir == subdir.name && record.channel == channel.baseURL && record.url.hasPrefix(packagesURL)
    }
}

extension String {
    /// The text with ASCII letters in lower case.
    var asciiLowered: String {
        String(decoding: utf8.map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}
