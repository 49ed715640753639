// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Failures
import Testing

@testable import Repodata

@Suite struct RepodataFuzzTests {
    private static let seed = document(
        [record("a", "1", depends: ["b >=1", "c"]), record("a", "2", depends: ["b >=1", "c"]), record("b", "1.5")],
        tarBzip2: [record("a", "1", more: [JSONMember("track_features", "x y"), JSONMember("noarch", "python")])],
        more: [
            JSONMember("removed", ["a-2-0.conda"]), JSONMember("repodata_version", 1),
            JSONMember("signatures", ["a": [:]]),
        ])

    /// However a document is cut into windows, the index is the same; a mutated one is refused or read, the same each time.
    @Test func mutatedDocuments() throws {
        fuzz("repodata", rounds: 3000) { random in
            var bytes = Self.seed
            mutate(
                &bytes, &random,
                words: ["\"", "{", "}", "[", "]", ",", ":", "null", "1e9", "\\u0041", "\"name\":\"x\","])
            let whole = Result { try load(try index(of: bytes)).records() }
            let pieces = Result { try load(try index(of: bytes, windowSize: 16)).records() }
            switch (whole, pieces) {
            case (.success(let left), .success(let right)): #expect(left == right)
            case (.failure, .failure): break
            default: Issue.record("the window decides about \(String(decoding: bytes, as: UTF8.self))")
            }
        }
    }

    /// A damaged index is noticed when it is opened or when the damaged records are looked at; what is not noticed is not damaged.
    @Test func damagedIndexes() throws {
        let folder = TemporaryFolder()
        let path = folder.path + "/index"
        let output = try FileIndexOutput(creating: path)
        let builder = IndexBuilder(output)
        var reader = RepodataDocument(
            try ChunkStream(.bytes(Self.seed), isCompressed: false, subject: "seed"), subject: "seed", into: builder)
        try reader.read()
        try builder.finish()
        let good = try readAll(path)
        let records = try load(try IndexFile(path)).records()
        #expect(records.count == 2)
        fuzz("index", rounds: 3000) { random in
            var bytes = good
            switch Int.random(in: 0..<3, using: &random) {
            case 0: bytes.removeLast(Int.random(in: 1...bytes.count, using: &random))
            case 1: bytes.append(contentsOf: [UInt8](repeating: 0, count: Int.random(in: 1..<100, using: &random)))
            default:
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] ^=
                        1 << UInt8.random(in: 0..<8, using: &random)
                }
            }
            folder.write("damaged", bytes)
            if let found = try? load(try IndexFile(folder.path + "/damaged")).records() {
                // Padding between the parts is no part of anything; the rest has to be as it was.
                #expect(found == records)
            }
        }
    }

    @Test func mutatedShards() throws {
        let plain = shard([record("a", "1", depends: ["b >=1"]), record("a", "2")], tarBzip2: [record("a", "0")])
        var decoder = try ZstdDecoder(subject: "shard")
        try fuzz("shard", rounds: 2000) { random in
            var bytes = plain
            mutate(&bytes, &random, words: ["\u{1}", "\u{7f}"])
            let compressed = try zstdCompress(bytes, subject: "shard", level: 1)
            if let shard = try? ShardReader.read(compressed, name: "a", subject: "shard", with: &decoder) {
                for block in shard.blocks { block.forEachDependencyName { _ in } }
            }
            var damaged = compressed
            mutate(&damaged, &random)
            _ = try? ShardReader.read(damaged, name: "a", subject: "shard", with: &decoder)
        }
    }

    @Test func mutatedShardIndexes() throws {
        let plain = shardIndex(["a": sha256(of: []), "b": sha256(of: [1])]).serialized
        fuzz("shard index", rounds: 2000) { random in
            var bytes = plain
            mutate(&bytes, &random)
            _ = try? ShardIndex(compressed: try zstdCompress(bytes, subject: "index", level: 1), subject: "index").names
        }
    }

    private func readAll(_ path: String) throws -> [UInt8] {
        let bytes = try IndexBytes(path)
        return Array(try bytes.piece(0, bytes.count).raw)
    }
}
