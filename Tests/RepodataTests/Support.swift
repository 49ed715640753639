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
    let stream = try ChunkStream(.bytes(document), .none, subject: "test")
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
    let source = try place.source(.index(index), base: index.baseURL, document: place.url + "/repodata.json")
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
