// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Foundation
import Platform
import Testing

@testable import Repodata

/// The folder of real data, or nil where it is absent.
let testData: URL? = {
    let environment = ProcessInfo.processInfo.environment["KRAIT_TEST_DATA"]
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().resolvingSymlinksInPath()
    let folder = environment.map { URL(fileURLWithPath: $0) } ?? root.appendingPathComponent("../shared/data")
    return FileManager.default.fileExists(atPath: folder.path) ? folder.standardizedFileURL : nil
}()

/// How long each fuzz test goes on; rounds instead of seconds where the environment says nothing.
let fuzzSeconds = ProcessInfo.processInfo.environment["KRAIT_FUZZ_SECONDS"].flatMap(Double.init)

/// Runs `body` for `rounds` rounds, or for as long as the environment says; prints how often.
func fuzz(_ name: String, rounds: Int, _ body: (inout SeededGenerator) throws -> Void) rethrows {
    let seed = fuzzSeconds == nil ? 1 : UInt64.random(in: .min ... .max)
    var random = SeededGenerator(state: seed)
    let end = fuzzSeconds.map { monotonicNanoseconds() + UInt64($0 * 1e9) }
    var count = 0
    while end.map({ monotonicNanoseconds() < $0 }) ?? (count < rounds) {
        try body(&random)
        count += 1
    }
    if fuzzSeconds != nil { print("fuzz \(name): \(count) executions, seed \(seed)") }
}

/// A generator whose numbers are the same in every run.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
        return value ^ value >> 31
    }
}

/// Changes a few bytes.
func mutate(_ bytes: inout [UInt8], _ random: inout SeededGenerator, words: [String] = []) {
    for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(UInt8.random(in: .min ... .max, using: &random), at: place)
        case 3: bytes.insert(contentsOf: (words.randomElement(using: &random) ?? "\"").utf8, at: place)
        default: if Int.random(in: 0..<4, using: &random) == 0 { bytes.removeSubrange(place...) }
        }
    }
}

/// A folder that is removed with its last owner.
final class TemporaryFolder {
    let path: String

    init() {
        path = NSTemporaryDirectory() + "krait-test-\(UUID().uuidString)"
        let isMade = (try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)) != nil
        precondition(isMade, "a temporary folder")
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ bytes: [UInt8]) {
        let file = path + "/" + name
        try? FileManager.default.createDirectory(
            atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        _ = FileManager.default.createFile(atPath: file, contents: Data(bytes))
    }

    func remove(_ name: String) { try? FileManager.default.removeItem(atPath: path + "/" + name) }
}

/// The index of a document, built in memory.
func index(of document: [UInt8], windowSize: Int = 1 << 20) throws -> IndexFile {
    let output = MemoryIndexOutput()
    let builder = IndexBuilder(output)
    let stream = try ChunkStream(.bytes(document), isCompressed: false, subject: "test")
    defer { stream.cancel() }
    var reader = RepodataDocument(stream, subject: "test", into: builder, windowSize: windowSize)
    try reader.read()
    try builder.finish()
    return try IndexFile(IndexBytes(output, subject: "test"))
}

/// Everything in an index as a solver would get it.
func load(_ index: IndexFile, subdir: Subdir = .linux64) throws -> LoadedRepodata {
    let channel = Channel(baseURL: "https://test.example/c", name: "c")
    let place = Place(channel: channel, subdir: subdir)
    let source = place.source(.index(index), base: index.baseURL, document: place.url + "/repodata.json")
    var builder = CandidateTableBuilder([source], channels: [channel], prefersTarBzip2: false)
    for number in 0..<index.nameCount {
        let records = NameRecords(source: 0, blocks: try index.blocks(number), removed: index.removed(number))
        builder.add(index.name(number), [records])
    }
    return LoadedRepodata(table: builder.table, missingNames: [], blocks: builder.blocks, sources: [source])
}

/// A record as a channel would write it.
func record(
    _ name: String, _ version: String, _ build: String = "0", depends: [String] = [], more: [JSONMember] = []
) -> JSON {
    .object(
        [
            JSONMember("build", .string(build)), JSONMember("build_number", 0),
            JSONMember("depends", .strings(depends)),
            JSONMember("name", .string(name)),
            JSONMember("sha256", .string(sha256(of: Array("\(name)-\(version)-\(build)".utf8)).hex)),
            JSONMember("version", .string(version)),
        ] + more)
}

/// A document from records.
func document(
    _ conda: [JSON] = [], tarBzip2: [JSON] = [], info: JSON = ["subdir": "linux-64"], more: [JSONMember] = []
) -> [UInt8] {
    func map(_ records: [JSON], _ suffix: String) -> JSON {
        .object(
            records.map { record in
                let parts = ["name", "version", "build"].map { record[$0]?.string ?? "" }
                return JSONMember(parts.joined(separator: "-") + suffix, record)
            }.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) })
    }
    return JSON.object(
        [
            JSONMember("info", info), JSONMember("packages", map(tarBzip2, ".tar.bz2")),
            JSONMember("packages.conda", map(conda, ".conda")),
        ] + more
    ).serialized()
}

extension LoadedRepodata {
    /// `name-version-build` of all rows, sorted.
    var distributions: [String] {
        table.rows.map { "\(table.strings[$0.name])-\(table.strings[$0.version])-\(table.strings[$0.build])" }.sorted()
    }

    /// All records, by file name.
    func records() throws -> [String: PackageRecord] {
        var records: [String: PackageRecord] = [:]
        for row in table.rows.indices {
            let record = try record(row)
            records["\(record.subdir)/\(record.fileName)"] = record
        }
        return records
    }
}
