// SPDX-License-Identifier: BSD-3-Clause
import Archives
import Codecs
import Conda
import Failures
import Foundation
import Platform
import Testing

@testable import Packages

/// Shapes of archives that are unusual and allowed.
@Suite struct ArchiveShapeTests {
    private func unpack(
        _ bytes: [UInt8], suffix: String = ".conda", isPromised: Bool = true
    ) throws -> (CacheEntry, [String: String]) {
        let temporary = TemporaryDirectory()
        let archive = temporary / "archive"
        try Data(bytes).write(to: URL(fileURLWithPath: archive))
        var record = TestArchive.record("hostile-1-0\(suffix)", bytes)
        if !isPromised { (record.sha256, record.md5) = (nil, nil) }
        let entry = try PackageUnpacker().unpack(
            record, from: .file(archive), to: temporary / "out")
        return (entry, describeTree(temporary / "out") { $0 == ".krait" || $0.hasPrefix("info") })
    }

    private func parts() throws -> (package: [UInt8], information: [UInt8]) {
        (
            try zstdCompress(TestArchive.honest().package.finished()),
            try zstdCompress(TestArchive.honest().informationTar())
        )
    }

    @Test func membersComeInAnyOrderAndShape() throws {
        let (package, information) = try parts()
        let (_, expected) = try unpack(TestArchive.conda(package: package, information: information))
        #expect(expected.count == 4)
        for wide in [false, true] {
            for descriptor in [false, true] where !(wide && descriptor) {
                var zip = ZipBuilder()
                zip.add("info-hostile-1-0.tar.zst", information, descriptor: descriptor, wide: wide)
                zip.add("unknown.txt", [1, 2, 3], descriptor: descriptor)
                zip.add("pkg-hostile-1-0.tar.zst", package, descriptor: descriptor, wide: wide)
                zip.add("metadata.json", Array(#"{"conda_pkg_format_version": 2}"#.utf8), descriptor: descriptor)
                let (_, tree) = try unpack(zip.finished(comment: "a comment"))
                #expect(tree == expected, "wide \(wide), descriptor \(descriptor)")
            }
        }
    }

    @Test(arguments: [false, true], [false, true]) func membersMayBeDeflated(descriptor: Bool, isPromised: Bool) throws
    {
        let (package, information) = try parts()
        let (_, expected) = try unpack(TestArchive.conda(package: package, information: information))
        var zip = ZipBuilder()
        func add(_ name: String, _ bytes: [UInt8]) {
            zip.add(
                name, deflated(bytes), method: 8, descriptor: descriptor, size: UInt32(bytes.count),
                checksum: ZipBuilder.checksum(bytes))
        }
        add("metadata.json", Array(#"{"conda_pkg_format_version": 2}"#.utf8))
        add("empty", [])
        add("large", [UInt8](repeating: 1, count: 700_000))
        add("info-hostile-1-0.tar.zst", information)
        add("pkg-hostile-1-0.tar.zst", package)
        #expect(try unpack(zip.finished(), isPromised: isPromised).1 == expected)
    }

    @Test func zerosMayFollowBzip2() throws {
        let archive = try TestArchive.honest().tarBzip2()
        let (_, expected) = try unpack(archive, suffix: ".tar.bz2")
        for count in [1, 512, 300_000] {
            let padded = archive + [UInt8](repeating: 0, count: count)
            #expect(try unpack(padded, suffix: ".tar.bz2").1 == expected)
            #expect(throws: Failure.self) { try unpack(padded + [1], suffix: ".tar.bz2") }
            #expect(throws: Failure.self) { try unpack(archive + [1] + padded.suffix(count), suffix: ".tar.bz2") }
        }
    }

    @Test func setIDsAreDropped() throws {
        var archive = TestArchive.honest()
        for (name, mode) in [
            ("su", UInt32(0o4755)), ("sg", 0o2755), ("both", 0o6711), ("locking", 0o2644), ("sticky", 0o1755),
        ] {
            archive.package.add("bin/\(name)", data: "x", mode: mode)
        }
        let (entry, _) = try unpack(archive.conda())
        #expect(entry.setIDs == ["bin/su", "bin/sg", "bin/both"])
        let modes = entry.manifest.entries.filter { $0.mode & 0o7000 != 0 }
        #expect(modes.isEmpty)
    }

    @Test func descriptorAfterOrdinaryMembers() throws {
        let (package, information) = try parts()
        var zip = ZipBuilder()
        zip.add("info-hostile-1-0.tar.zst", information)
        zip.add("pkg-hostile-1-0.tar.zst", package, descriptor: true)
        #expect(try unpack(zip.finished()).1.count == 4)
    }

    @Test func severalZstdFramesAreOneMember() throws {
        let tar = TestArchive.honest().package.finished()
        let (_, information) = try parts()
        let package = try zstdCompress(Array(tar[..<700])) + zstdCompress(Array(tar[700...]))
        #expect(try unpack(TestArchive.conda(package: package, information: information)).1.count == 4)
    }

    @Test func namesMayHaveNewlinesBlanksAndLetters() throws {
        var archive = TestArchive.honest()
        archive.package.add("share/a b\nc/é ü 漢.txt", data: "x")
        archive.package.addPax([("path", "share/" + String(repeating: "ä", count: 120))])
        archive.package.add("short", data: "y")
        archive.package.add(
            Array("././@LongLink".utf8), type: "L",
            data: Array(("share/" + String(repeating: "n", count: 200)).utf8) + [0])
        archive.package.add("short", data: "z")
        let (entry, tree) = try unpack(archive.conda())
        #expect(tree["share/a b\nc/é ü 漢.txt"] != nil)
        #expect(tree["share/" + String(repeating: "ä", count: 120)] != nil)
        #expect(tree["share/" + String(repeating: "n", count: 200)] != nil)
        #expect(entry.manifest.entries.count == 5)
    }

    @Test func linksAreMadeAtTheEnd() throws {
        var archive = TestArchive.honest()
        archive.package.add("lib/to-later", type: "2", target: "later")
        archive.package.add("lib/later", data: "later")
        archive.package.add("lib/out", type: "2", target: "../../outside")
        archive.package.add("bin/again", type: "1", target: "./bin/tool")
        archive.package.add("lib/link-again", type: "1", target: "lib/to-later")
        let (entry, tree) = try unpack(archive.conda())
        #expect(tree["lib/to-later"] == "link later")
        #expect(tree["lib/link-again"] == "link later")
        #expect(tree["lib/out"] == "link ../../outside")
        #expect(tree["bin/again"] == tree["bin/tool"])
        let again = try #require(entry.manifest.entries.first { entry.manifest.path(of: $0) == "bin/again" })
        #expect(again.kind == .hardLink && again.mode == 0o755 && again.size == 10)
    }

    @Test func modesAreAtMost755AndTimesAreKept() throws {
        let temporary = TemporaryDirectory()
        var archive = TestArchive.honest()
        archive.package.add("lib/wide", data: "x", mode: 0o777)
        archive.package.add("lib/none", data: "x", mode: 0)
        archive.package.add("lib/readable", data: "x", mode: 0o444)
        archive.package.add(Array("lib/old".utf8), data: [1], time: 5)
        let bytes = try archive.conda()
        try Data(bytes).write(to: URL(fileURLWithPath: temporary / "archive"))
        _ = try PackageUnpacker().unpack(
            TestArchive.record("hostile-1-0.conda", bytes), from: .file(temporary / "archive"), to: temporary / "out")
        #expect(try FileSystem.status(temporary / "out/lib/wide")?.mode == 0o755)
        #expect(try FileSystem.status(temporary / "out/lib/none")?.mode == 0o400)
        #expect(try FileSystem.status(temporary / "out/lib/readable")?.mode == 0o444)
        #expect(try FileSystem.status(temporary / "out/lib/wide")?.modified == FileTime(seconds: 1_700_000_000))
        #expect(try FileSystem.status(temporary / "out/lib/old")?.modified == FileTime(seconds: 315_532_800))
    }

    @Test func shippedRepodataRecordIsNotOurs() throws {
        var archive = TestArchive.honest()
        archive.information.add("info/repodata_record.json", data: #"{"name": "evil"}"#)
        let temporary = TemporaryDirectory()
        let bytes = try archive.conda()
        try Data(bytes).write(to: URL(fileURLWithPath: temporary / "archive"))
        let entry = try PackageUnpacker().unpack(
            TestArchive.record("hostile-1-0.conda", bytes), from: .file(temporary / "archive"), to: temporary / "out")
        let record = try JSON.parse(readFile(entry.recordPath), subject: "record")
        #expect(record["name"]?.string == "hostile")
        #expect(record["sha256"]?.string == sha256(of: bytes).hex)
        #expect(record["depends"]?.array == [])
    }

    @Test func checksumOfTheZipCountsWhenThereIsNoDigest() throws {
        let temporary = TemporaryDirectory()
        var zip = ZipBuilder()
        zip.add("unknown.bin", [1, 2, 3, 4, 5])
        let (package, information) = try parts()
        zip.add("pkg-hostile-1-0.tar.zst", package)
        zip.add("info-hostile-1-0.tar.zst", information)
        var bytes = zip.finished()
        var record = TestArchive.record("hostile-1-0.conda", bytes)
        record.sha256 = nil
        let place = temporary / "archive"
        try Data(bytes).write(to: URL(fileURLWithPath: place))
        _ = try PackageUnpacker().unpack(record, from: .file(place), to: temporary / "good")
        bytes[30 + "unknown.bin".utf8.count + 2] ^= 1
        try Data(bytes).write(to: URL(fileURLWithPath: place))
        let failure = #expect(throws: Failure.self) {
            try PackageUnpacker().unpack(record, from: .file(place), to: temporary / "bad")
        }
        #expect(failure?.reason.contains("checksum") == true)
    }

    @Test func wrongDigestIsSaidBeforeAnythingElse() throws {
        let bytes = try TestArchive.honest().conda()
        let temporary = TemporaryDirectory()
        try Data(Array(bytes.dropLast(400))).write(to: URL(fileURLWithPath: temporary / "archive"))
        let failure = #expect(throws: Failure.self) {
            try PackageUnpacker().unpack(
                TestArchive.record("hostile-1-0.conda", bytes), from: .file(temporary / "archive"),
                to: temporary / "out")
        }
        #expect(failure?.code == .integrity)
        #expect(failure?.reason.contains("of \(bytes.count) bytes") == true, "\(String(describing: failure))")
    }
}
