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
final class NameClosure {
    private let sources: [SubdirSource]
    private let fetcher: ShardFetcher
    /// False when only the names that are wanted themselves matter.
    private let followsDependencies: Bool
    private var seen = ByteInterner(slots: 1 << 12)
    private var pending: [String] = []
    private var outstanding = 0
    private(set) var records: [String: [NameRecords]] = [:]
    private(set) var skippedCount = 0
    private(set) var hiddenCount = 0

    init(_ sources: [SubdirSource], fetcher: ShardFetcher, followsDependencies: Bool = true) {
        self.sources = sources
        self.fetcher = fetcher
        self.followsDependencies = followsDependencies
    }

    /// Adds a name whose records are wanted.
    func want(_ name: String) {
        let name = String(decoding: name.utf8.map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }, as: UTF8.self)
        if seen.intern(name).isNew { pending.append(name) }
    }

    /// Collects until no new name turns up.
    func run() throws(SourceFailure) {
        do throws(SourceFailure) {
            while true {
                while let name = pending.popLast() { try look(name) }
                guard outstanding > 0 else { return }
                let arrival = fetcher.next()
                outstanding -= 1
                switch arrival.result {
                case .success(let shard):
                    skippedCount += shard.shard.skippedCount
                    hiddenCount += shard.shard.hiddenCount
                    if followsDependencies { for name in shard.names { want(name) } }
                    deliver(
                        NameRecords(source: arrival.source, blocks: shard.shard.blocks, removed: shard.shard.removed),
                        arrival.name)
                case .failure(let failure): throw SourceFailure(source: arrival.source, failure: failure)
                }
            }
        } catch {
            // What is still on its way must not be taken for an answer to later questions.
            while outstanding > 0 {
                _ = fetcher.next()
                outstanding -= 1
            }
            throw error
        }
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
                case .shards(let shards):
                    guard let digest = try shards.index.digest(name) else { continue }
                    outstanding += 1
                    fetcher.start(name, digest, of: shards, source: number)
                }
            } catch {
                throw SourceFailure(source: number, failure: error)
            }
        }
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
