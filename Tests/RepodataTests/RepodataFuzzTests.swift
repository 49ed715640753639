// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Fuzzing
import Testing

@testable import Repodata

/// Mutations of documents, indexes and shards; `scripts/fuzz` runs them for longer.
@Suite struct RepodataFuzzTests {
    /// However a document is cut into windows, the index is the same; a mutated one is refused or read, the same each time.
    @Test func repodata() throws {
        let fuzzer = Fuzzer("repodata", seeds: FuzzSeeds.documents, words: FuzzSeeds.words)
        let report = fuzzer.run(rounds: 500) { (bytes, random) in
            let whole = Result { try load(try index(of: bytes)).records() }
            let size = Int.random(in: 16...2000, using: &random)
            let pieces = Result { try load(try index(of: bytes, windowSize: size)).records() }
            switch (whole, pieces) {
            case (.success(let left), .success(let right)):
                return left == right ? .accepted : .wrong("a window of \(size) gives other records")
            case (.failure, .failure): return .refused
            default: return .wrong("a window of \(size) decides about it")
            }
        }
        #expect(report.findings.isEmpty)
        #expect(report.accepted > 0)
    }

    /// A damaged index is noticed when it is opened or when the damaged records are looked at; what is not noticed is not
    /// damaged. With checksums made right again, anything may be in it, and it is still read within its bounds.
    @Test func indexes() throws {
        let words = ["\0\0\0\0", "\u{1}\0\0\0", "\u{7f}\u{7f}\u{7f}\u{7f}", "1brk"]
        let seeds = FuzzSeeds.documents.compactMap { try? Self.indexBytes($0) }
        let known = try seeds.map { try load(try Self.open($0)).records() }
        let report = Fuzzer("index", seeds: seeds, words: words).run(rounds: 500) { (input, random) in
            var bytes = input
            let isRepaired = Bool.random(using: &random) && repairChecksums(&bytes)
            guard let index = try? Self.open(bytes) else { return .refused }
            _ = index.counts
            _ = index.baseURL
            guard let records = try? load(index).records() else { return .refused }
            // Such an input is no starting point: nobody can know what it should hold.
            if isRepaired { return .refused }
            // Padding between the parts is no part of anything; the rest has to be as it was.
            return known.contains(records) ? .accepted : .wrong("damage was believed")
        }
        #expect(report.findings.isEmpty)
        #expect(report.accepted > 0)
    }

    @Test func shards() throws {
        let seeds = try FuzzSeeds.documents.map {
            packed(.object(try JSON.parse($0, subject: "seed").object?.filter { $0.key != "info" } ?? [])).serialized
        }
        var decoder = try ZstdDecoder(subject: "shard")
        let words = ["\u{1}", "\u{7f}", "packages.conda", "removed", "v3", "depends", "name", "sha256"]
        let report = try Fuzzer("shards", seeds: seeds, words: words).run(rounds: 500) { (bytes, random) in
            var compressed = try zstdCompress(bytes, subject: "shard", level: 1)
            if Int.random(in: 0..<8, using: &random) == 0 {
                compressed[.random(in: 0..<compressed.count, using: &random)] ^=
                    1 << UInt8.random(in: 0..<8, using: &random)
            }
            guard let shard = try? ShardReader.read(compressed, name: "a", subject: "shard", with: &decoder) else {
                return .refused
            }
            for block in shard.blocks { block.forEachDependencyName { _ in } }
            _ = try Self.table(shard).records()
            return .accepted
        }
        #expect(report.findings.isEmpty)
        #expect(report.accepted > 0)
    }

    @Test func shardIndexes() throws {
        let seeds = [
            shardIndex(["a": sha256(of: []), "b": sha256(of: [1])]).serialized,
            shardIndex([:], info: ["subdir": "noarch", "shards_base_url": "https://x.example/s"]).serialized,
            shardIndex(Dictionary(uniqueKeysWithValues: (0..<40).map { ("n\($0)", sha256(of: [$0])) })).serialized,
        ]
        let words = ["shards", "version", "info", "base_url", "\u{1}"]
        let report = try Fuzzer("shard-index", seeds: seeds, words: words).run(rounds: 500) { (bytes, _) in
            let compressed = try zstdCompress(bytes, subject: "index", level: 1)
            guard let index = try? ShardIndex(compressed: compressed, subject: "index") else { return .refused }
            for name in index.names { _ = try? index.digest(name) }
            return .accepted
        }
        #expect(report.findings.isEmpty)
        #expect(report.accepted > 0)
    }

    private static func indexBytes(_ document: [UInt8]) throws -> [UInt8] {
        let output = MemoryIndexOutput()
        let builder = IndexBuilder(output)
        let stream = try ChunkStream(.bytes(document), .none, subject: "seed")
        var reader = RepodataDocument(stream, subject: "seed", into: builder)
        try reader.read()
        try builder.finish()
        return Array(output.raw)
    }

    private static func open(_ bytes: [UInt8]) throws -> IndexFile {
        let output = MemoryIndexOutput()
        bytes.withUnsafeBytes { output.append($0) }
        return try IndexFile(IndexBytes(output, subject: "fuzz"))
    }

    private static func table(_ shard: Shard) throws -> LoadedRepodata {
        let channel = Channel(baseURL: "https://test.example/c", name: "c")
        let place = Place(channel: channel, subdir: .linux64)
        let source = try place.source(.empty, base: nil, document: place.url + "/x")
        var builder = CandidateTableBuilder([source], channels: [channel], prefersTarBzip2: false)
        builder.add("a", [NameRecords(source: 0, blocks: shard.blocks, removed: shard.removed)])
        return LoadedRepodata(table: builder.table, missingNames: [], blocks: builder.blocks, sources: [source])
    }
}

/// Makes the checksums of a damaged index right; false where it is not even clear where they are.
private func repairChecksums(_ bytes: inout [UInt8]) -> Bool {
    func word(_ offset: Int) -> Int { Int(bytes.withUnsafeBytes { $0.word(offset) }) }
    func long(_ offset: Int) -> Int { Int(truncatingIfNeeded: bytes.withUnsafeBytes { $0.long(offset) }) }
    func store(_ number: UInt64, at offset: Int) {
        withUnsafeBytes(of: number.littleEndian) { bytes.replaceSubrange(offset..<offset + 8, with: $0) }
    }
    func checksum(_ range: Range<Int>) -> UInt64 {
        bytes.withUnsafeBytes { ByteHash.checksum(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }
    let count = bytes.count
    guard count > IndexFile.headerSize + 16 else { return false }
    let footer = long(24)
    guard footer >= IndexFile.headerSize, footer <= count - 16 else { return false }
    let blocks = footer + 16 + word(footer + 4) * 24
    for number in 0..<min(word(footer + 8), 100) {
        let entry = blocks + number * 24
        guard entry + 24 <= count else { break }
        let (offset, length) = (long(entry), word(entry + 8))
        guard offset >= 0, offset <= count, length <= count - offset else { continue }
        store(checksum(offset..<offset + length), at: entry + 16)
    }
    store(UInt64(count), at: 16)
    store(UInt64(count - footer), at: 32)
    store(checksum(footer..<count), at: 40)
    store(checksum(0..<48), at: 48)
    return true
}
