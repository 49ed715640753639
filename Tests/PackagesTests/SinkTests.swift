// SPDX-License-Identifier: BSD-3-Clause
import Archives
import Codecs
import Conda
import Failures
import Foundation
import Platform
import Testing

@testable import Packages

/// The same package through every sink gives the same tree.
@Suite struct SinkTests {
    @Test func tarAndDirectoryAgree() throws {
        try #require(TestPlaces.hasPackages, "no test data at \(TestPlaces.data): set KRAIT_TEST_DATA")
        var seen = 0
        for archive in TestPlaces.archives(below: TestPlaces.data + "/packages/conda+rattler") {
            let temporary = TemporaryDirectory()
            let bytes = try readFile(archive)
            let name = (archive as NSString).lastPathComponent
            let record = TestArchive.record(name, bytes)
            guard let unpacked = try? PackageUnpacker().unpack(record, from: .file(archive), to: temporary / "tree"),
                let format = ArchiveFormat(fileName: name)
            else { continue }
            var manifests: [LinkManifest] = []
            var tars: [[UInt8]] = []
            for _ in 0..<2 {
                let sink = TarSink()
                let expected = ExpectedArchive(record)
                let package = try PackageExtractor(into: sink, subject: name).extract(
                    PackageSource.file(archive).open(expected, subject: name), format: format, expected: expected,
                    spoolDirectory: temporary.path)
                manifests.append(package.manifest)
                tars.append(sink.archive())
            }
            #expect(tars[0] == tars[1], "\(name): the tar is not the same twice")
            #expect(manifests[0] == unpacked.manifest, "\(name)")
            let tree = describeTree(temporary / "tree") { $0 == ".krait" || $0 == "info/repodata_record.json" }
            let again = try TarSink.describe(tars[0])
            #expect(
                again
                    == tree.mapValues { $0.replacingOccurrences(of: "file h", with: "file x") }
                    .merging(again.filter { $0.value.hasPrefix("file") && tree[$0.key]?.hasPrefix("file h") == true }) {
                        $1
                    },
                "\(name)")
            seen += 1
        }
        #expect(seen > 10)
    }
}

/// Collects what is extracted into a tar whose order and fields depend on the content only.
final class TarSink: ExtractionSink {
    private struct Item {
        var type: Character
        var mode: UInt32 = 0o755
        var time: UInt64 = 0
        var target = ""
        var data: [UInt8] = []
    }

    private var items: [String: Item] = [:]
    private var current = ""

    func makeDirectory(_ path: UnsafePointer<CChar>) throws(Failure) { items[String(cString: path)] = Item(type: "5") }

    func beginFile(
        _ path: UnsafePointer<CChar>, mode: UInt32, modified: Int64, size: UInt64
    ) throws(Failure) {
        current = String(cString: path)
        items[current] = Item(type: "0", mode: mode, time: UInt64(max(0, modified)))
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) { items[current]?.data.append(contentsOf: bytes) }

    func endFile() throws(Failure) { current = "" }

    func makeHardLink(_ path: UnsafePointer<CChar>, to existing: UnsafePointer<CChar>) throws(Failure) {
        items[String(cString: path)] = items[String(cString: existing)]
    }

    func makeSymbolicLink(_ path: UnsafePointer<CChar>, target: UnsafePointer<CChar>) throws(Failure) {
        items[String(cString: path)] = Item(type: "2", mode: 0o777, target: String(cString: target))
    }

    func readBack(
        _ path: UnsafePointer<CChar>, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        try (items[String(cString: path)]?.data ?? []).withBytes { (bytes) throws(Failure) in try body(bytes) }
    }

    func archive() -> [UInt8] {
        var tar = TarBuilder()
        for (path, item) in items.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            tar.addPax([("path", path)] + (item.target.isEmpty ? [] : [("linkpath", item.target)]))
            tar.add(
                Array(path.utf8), type: item.type, data: item.data, mode: item.mode, target: Array(item.target.utf8),
                time: item.time)
        }
        return tar.finished()
    }

    /// A tar's content in the form of ``describeTree(_:leavingOut:)``.
    static func describe(_ tar: [UInt8]) throws -> [String: String] {
        var reader = TarReader(MemorySource(tar), subject: "tar")
        var entry = TarEntry()
        var lines: [String: String] = [:]
        while try reader.next(&entry) {
            let name = String(decoding: entry.name, as: UTF8.self)
            switch entry.kind {
            case .directory: lines[name] = "directory"
            case .symbolicLink: lines[name] = "link \(String(decoding: entry.target, as: UTF8.self))"
            case .hardLink: lines[name] = "hard link"
            case .file:
                var data: [UInt8] = []
                try reader.readData { data.append(contentsOf: $0) }
                lines[name] = "file \(entry.mode & 0o100 != 0 ? "x" : "-") \(data.count) \(sha256(of: data).hex)"
            }
        }
        return lines
    }
}
