// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Platform
import Transport

/// Everything that the sources have of one name.
struct NameRecords: Sendable {
    /// The number of the source, best channel first.
    var source: Int
    var blocks: [RecordBlock]
    var removed: Set<String>
}

/// A source that could not be read, and why.
struct SourceFailure: Error {
    var source: Int
    var failure: Failure
}

/// Collects the records of some names and of all names they depend on, from mapped indexes and from shards alike.
///
/// Where shards are far away, those that names are likely to lead to are asked for together with the first that is not in the
/// cache; when all are, nothing is asked for.
final class NameClosure {
    private struct Key: Hashable {
        var source: Int
        var name: String
    }

    private let sources: [SubdirSource]
    private let fetcher: ShardFetcher
    /// False when only the names that are wanted themselves matter.
    private let followsDependencies: Bool
    private var foresight: Foresight?
    private var seen = ByteInterner(slots: 1 << 12)
    private var pending: [String] = []
    /// Shards that were asked for, those of them that are waited for, and those that came before they were wanted.
    private var asked: Set<Key> = []
    private var awaited: Set<Key> = []
    private var early: [Key: ShardFetcher.Arrival] = [:]
    private var foreseen: Set<String> = []
    /// Names that were looked at before anything had to come over the network.
    private var unforeseen: [String] = []
    /// Something wanted is not in the cache, so that there is a wait to shorten.
    private var lacks = false
    private(set) var records: [String: [NameRecords]] = [:]
    /// The files of records in shards that were left out as unfit, by source.
    private(set) var skippedFiles: [Int: [String]] = [:]
    private(set) var hiddenCount = 0
    /// What the shards that came over the network have led to, by the number of their source.
    private(set) var learnt: [(source: Int, name: String, names: [String])] = []

    /// What may be asked for ahead of being needed.
    struct Foresight {
        var hints: ClosureHints
        /// Numbers of the sources whose shards are all asked for.
        var whole: [Int] = []
    }

    init(
        _ sources: [SubdirSource], fetcher: ShardFetcher, followsDependencies: Bool = true, foresight: Foresight? = nil
    ) {
        self.sources = sources
        self.fetcher = fetcher
        self.followsDependencies = followsDependencies
        self.foresight = followsDependencies ? foresight : nil
    }

    /// Adds a name whose records are wanted.
    func want(_ name: String) {
        let name = String(decoding: name.utf8.map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }, as: UTF8.self)
        if seen.intern(name).isNew { pending.append(name) }
    }

    /// Collects until no new name turns up.
    func run() throws(SourceFailure) {
        do throws(SourceFailure) {
            try lookAll()
            while !awaited.isEmpty {
                let arrival = fetcher.next()
                let key = Key(source: arrival.source, name: arrival.name)
                if awaited.remove(key) != nil { try take(arrival) } else { early[key] = arrival }
                try lookAll()
            }
        } catch {
            // What is still on its way must not be taken for an answer to later questions.
            while !awaited.isEmpty {
                let arrival = fetcher.next()
                awaited.remove(Key(source: arrival.source, name: arrival.name))
            }
            throw error
        }
    }

    private func lookAll() throws(SourceFailure) {
        // First what is needed, then what may be.
        while let name = pending.popLast() {
            try look(name)
            if foresight != nil { unforeseen.append(name) }
        }
        guard lacks else { return }
        while let number = foresight?.whole.popLast() {
            for name in sources[number].names { ask(ahead: name, number) }
        }
        while let name = unforeseen.popLast() { foresee(name) }
    }

    private func look(_ name: String) throws(SourceFailure) {
        for (number, source) in sources.enumerated() {
            do throws(Failure) {
                switch source.content {
                case .empty: continue
                case .index(let index):
                    guard let place = index.find(name) else { continue }
                    let blocks = try index.blocks(place)
                    if followsDependencies { for block in blocks { block.forEachDependencyName(want) } }
                    deliver(NameRecords(source: number, blocks: blocks, removed: index.removed(place)), name)
                    continue
                case .shards(let shards):
                    guard let digest = try shards.index.digest(name) else { continue }
                    let key = Key(source: number, name: name)
                    guard early[key] == nil else { break }
                    awaited.insert(key)
                    guard asked.insert(key).inserted else { break }
                    if foresight != nil, !lacks { lacks = !fetcher.isCached(digest) }
                    fetcher.start(name, digest, of: shards, source: number)
                }
            } catch {
                throw SourceFailure(source: number, failure: error)
            }
            if let arrival = early.removeValue(forKey: Key(source: number, name: name)) { try take(arrival) }
        }
    }

    private func take(_ arrival: ShardFetcher.Arrival) throws(SourceFailure) {
        switch arrival.result {
        case .success(let content):
            skippedFiles[arrival.source, default: []] += content.shard.skippedFiles
            hiddenCount += content.shard.hiddenCount
            if followsDependencies { for name in content.names { want(name) } }
            if content.isNew { learnt.append((arrival.source, arrival.name, content.names)) }
            deliver(
                NameRecords(source: arrival.source, blocks: content.shard.blocks, removed: content.shard.removed),
                arrival.name)
        case .failure(let failure): throw SourceFailure(source: arrival.source, failure: failure)
        }
    }

    /// Asks for the shards that `name` is likely to lead to.
    private func foresee(_ name: String) {
        guard let hints = foresight?.hints else { return }
        var names = [name]
        while let name = names.popLast() {
            guard foreseen.insert(name).inserted else { continue }
            for number in sources.indices { ask(ahead: name, number) }
            names += hints[name]
        }
    }

    private func ask(ahead name: String, _ number: Int) {
        // What is in the cache costs no round trip, and a name without a valid digest is no failure before it is wanted.
        guard case .shards(let shards) = sources[number].content, let digest = try? shards.index.digest(name),
            !fetcher.isCached(digest), asked.insert(Key(source: number, name: name)).inserted
        else { return }
        fetcher.start(name, digest, of: shards, source: number)
    }

    private func want(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
        if seen.intern(start, bytes.count).isNew { pending.append(String(decoding: bytes, as: UTF8.self)) }
    }

    private func deliver(_ found: NameRecords, _ name: String) {
        guard !found.blocks.isEmpty else { return }
        records[name, default: []].append(found)
    }
}
