// SPDX-License-Identifier: BSD-3-Clause
import Archives
import Codecs
import Foundation
import Testing

@testable import Packages

/// An archive that has to be refused, and a part of the reason.
struct HostileCase: Sendable, CustomTestStringConvertible {
    let name: String
    let reason: String
    var suffix = ".conda"
    var limits = ExtractionLimits()
    let bytes: @Sendable () throws -> [UInt8]

    var testDescription: String { name }

    static let all = names + links + kinds + listed + tars + zips + bombs

    /// A bad entry in the payload of an otherwise honest package.
    private static func payload(
        _ name: String, _ reason: String, _ change: @escaping @Sendable (inout TarBuilder) -> Void
    ) -> HostileCase {
        HostileCase(name: name, reason: reason) {
            var archive = TestArchive.honest()
            change(&archive.package)
            return try archive.conda()
        }
    }

    private static let names: [HostileCase] = [
        payload("dot dot", "leads out") { $0.add("../outside", data: "x") },
        payload("dot dot inside", "leads out") { $0.add("lib/../../outside", data: "x") },
        payload("dot dot directory", "leads out") { $0.add("lib/..", type: "5") },
        payload("absolute", "is absolute") { $0.add("/tmp/krait-outside", data: "x") },
        payload("absolute through pax", "is absolute") {
            $0.addPax([("path", "/tmp/krait-outside")])
            $0.add("innocent", data: "x")
        },
        payload("dot dot through a GNU long name", "leads out") {
            $0.add(Array("././@LongLink".utf8), type: "L", data: Array("../outside\u{0}".utf8))
            $0.add("innocent", data: "x")
        },
        payload("dot dot through the ustar prefix", "leads out") {
            $0.add(Array("outside".utf8), data: [1], prefix: "lib/../..")
        },
        payload("escape sequence", "control character") { $0.add("lib/\u{1b}[2J", data: "x") },
        payload("tab", "control character") { $0.add("lib/a\tb", data: "x") },
        payload("delete", "control character") { $0.add("lib/a\u{7f}b", data: "x") },
        payload("NUL through pax", "control character") {
            $0.addPax([("path", "lib/a\u{0}b")])
            $0.add("innocent", data: "x")
        },
        payload("not UTF-8", "not UTF-8") { $0.add(Array("lib/".utf8) + [0xff, 0xfe], data: [1]) },
        payload("long component", "too long") {
            $0.addPax([("path", String(repeating: "a", count: 256))])
            $0.add("innocent", data: "x")
        },
        payload("long path", "too long") {
            $0.addPax([("path", String(repeating: "a/", count: 2000) + "b")])
            $0.add("innocent", data: "x")
        },
        payload("file without a name", "ends in a slash") { $0.add("./", data: "x") },
        payload("file that is the root", "without a name") { $0.add(".", data: "x") },
        payload("duplicate file", "twice") { $0.add("bin/tool", data: "again") },
        payload("duplicate under another spelling", "twice") { $0.add("./bin//tool", data: "again") },
        payload("link over a file", "twice") { $0.add("bin/tool", type: "2", target: "data") },
        payload("path through a file", "through a file or link") { $0.add("bin/tool/inside", data: "x") },
        payload("directory over a file", "through a file or link") { $0.add("bin/tool", type: "5") },
        payload("file over a directory", "twice") { $0.add("bin", data: "x") },
        payload("our own directory", ".krait") { $0.add(".krait/manifest", data: "x") },
        HostileCase(name: "twice across the members", reason: "twice") {
            var archive = TestArchive.honest()
            archive.information.add("bin/tool", data: "again")
            return try archive.conda()
        },
    ]

    private static let links: [HostileCase] = [
        payload("write through a link", "through a file or link") {
            $0.add("out", type: "2", target: "/tmp")
            $0.add("out/krait-outside", data: "x")
        },
        payload("directory through a link", "through a file or link") {
            $0.add("out", type: "2", target: "..")
            $0.add("out/", type: "5")
        },
        payload("hard link to an absolute path", "is absolute") {
            $0.add("passwd", type: "1", target: "/etc/passwd")
        },
        payload("hard link out", "leads out") { $0.add("stolen", type: "1", target: "../canary") },
        payload("hard link to what is not there", "does not have before it") {
            $0.add("stolen", type: "1", target: "lib/absent")
        },
        payload("hard link to a directory", "does not have before it") { $0.add("again", type: "1", target: "lib") },
        payload("hard link through a link", "does not have before it") {
            $0.add("out", type: "2", target: "..")
            $0.add("stolen", type: "1", target: "out/canary")
        },
        payload("empty link", "no usable target") { $0.add("lib/empty", type: "2") },
        payload("link with data", "a link has data") { $0.add("lib/link", type: "2", data: "xyz", target: "data") },
    ]

    private static let kinds: [HostileCase] = [
        payload("character device", "a device") { $0.add("dev/null", type: "3") },
        payload("block device", "a device") { $0.add("dev/sda", type: "4") },
        payload("fifo", "a fifo") { $0.add("lib/fifo", type: "6") },
        payload("unknown kind", "unknown kind") { $0.add("lib/odd", type: "Z") },
        payload("GNU sparse file", "a sparse file") { $0.add("lib/sparse", type: "S") },
        payload("pax sparse file", "sparse file") {
            $0.addPax([("GNU.sparse.major", "1"), ("GNU.sparse.realsize", "1099511627776")])
            $0.add("lib/sparse", data: "x")
        },
    ]

    private static func listing(_ name: String, _ reason: String, paths: String? = nil, link: String? = nil)
        -> HostileCase
    {
        HostileCase(name: name, reason: reason) {
            var archive = TestArchive.honest()
            archive.paths = paths
            archive.link = link
            if link != nil {
                archive.index = #"{"name": "hostile", "version": "1", "build": "0", "noarch": "python"}"#
            }
            return try archive.conda()
        }
    }

    private static func pathsFile(_ path: String, more: String = "") -> String {
        #"{"paths_version": 1, "paths": [{"_path": "\#(path)", "path_type": "hardlink"\#(more)}]}"#
    }

    private static func linkFile(_ point: String) -> String {
        #"{"package_metadata_version": 1, "noarch": {"type": "python", "entry_points": ["\#(point)"]}}"#
    }

    private static let listed: [HostileCase] = [
        listing("paths.json leads out", "plain relative path", paths: pathsFile("../canary")),
        listing("paths.json is absolute", "plain relative path", paths: pathsFile("/etc/passwd")),
        listing("paths.json names what is not there", "not in the archive", paths: pathsFile("lib/absent")),
        listing("paths.json names a directory", "not in the archive", paths: pathsFile("lib")),
        listing(
            "paths.json names a file twice", "twice",
            paths: #"{"paths_version": 1, "paths": [{"_path": "bin/tool"}, {"_path": "bin/tool"}]}"#),
        listing("paths.json of another version", "version", paths: #"{"paths_version": 2, "paths": []}"#),
        listing("paths.json is no JSON", "damaged", paths: "{"),
        listing(
            "paths.json nests deeply", "damaged",
            paths: String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)),
        listing("entry point with a slash", "entry point", link: linkFile("../../bin/sh = os:system")),
        listing("entry point absolute", "entry point", link: linkFile("/tmp/x = os:system")),
        listing("entry point with a quote", "entry point", link: linkFile("x = os:system(')")),
        listing("link.json is no JSON", "damaged", link: "nothing"),
        HostileCase(name: "no index.json", reason: "no info/index.json") {
            var archive = TestArchive.honest()
            archive.index = nil
            return try archive.conda()
        },
    ]

    /// A payload whose tar is given byte by byte.
    private static func tar(
        _ name: String, _ reason: String, _ bytes: @escaping @Sendable () -> [UInt8]
    ) -> HostileCase {
        HostileCase(name: name, reason: reason) {
            try TestArchive.conda(
                package: zstdCompress(bytes()), information: zstdCompress(TestArchive.honest().informationTar()))
        }
    }

    private static let tars: [HostileCase] = [
        tar("tar without an end mark", "no end mark") { TestArchive.honest().package.bytes },
        tar("tar cut off in a header", "truncated") { Array(TestArchive.honest().package.bytes.prefix(700)) + [1] },
        tar("tar cut off in data", "truncated") {
            var tar = TarBuilder()
            tar.add("lib/short", data: "abc", size: 100_000)
            return tar.bytes
        },
        tar("data after the tar", "after the end") { TestArchive.honest().package.finished() + [1, 2, 3] },
        tar("a second tar after the first", "after the end") {
            TestArchive.honest().package.finished() + TestArchive.honest().package.finished()
        },
        tar("wrong checksum", "checksum") {
            var tar = TestArchive.honest().package.finished()
            tar[0] ^= 1
            return tar
        },
        tar("negative size", "negative") {
            var tar = TarBuilder()
            tar.add(Array("lib/x".utf8)) { for index in 124..<136 { $0[index] = 0xff } }
            return tar.finished()
        },
        tar("enormous size", "too large") {
            var tar = TarBuilder()
            tar.add(Array("lib/x".utf8)) {
                $0[124] = 0x80
                for index in 125..<136 { $0[index] = 0xff }
            }
            return tar.finished()
        },
        tar("enormous extended header", "too large") {
            var tar = TarBuilder()
            tar.add(Array("x".utf8), type: "x", size: 1 << 30)
            return tar.finished()
        },
        tar("damaged extended header", "damaged") {
            var tar = TarBuilder()
            tar.add(Array("x".utf8), type: "x", data: Array("99 path=short\n".utf8))
            tar.add("lib/x")
            return tar.finished()
        },
        tar("global extended header with a name", "for all entries") {
            var tar = TarBuilder()
            tar.addPax([("path", "lib/all")], type: "g")
            tar.add("lib/x")
            return tar.finished()
        },
        tar("empty tar", "no end mark") { [] },
    ]

    private static let zips: [HostileCase] = [
        HostileCase(name: "not a ZIP", reason: "not a ZIP") { Array("hello, this is no archive at all".utf8) },
        HostileCase(name: "empty file", reason: "empty") { [] },
        HostileCase(name: "ZIP cut off in a member", reason: "truncated") {
            Array(try TestArchive.honest().conda().prefix(200))
        },
        HostileCase(name: "ZIP without its directory", reason: "truncated") {
            Array(try TestArchive.honest().conda().dropLast(300))
        },
        HostileCase(name: "data after the ZIP", reason: "data after its end") {
            try TestArchive.honest().conda() + [0]
        },
        zip("two payloads", "two pkg") { zip, package, _ in zip.add("pkg-other.tar.zst", package) },
        zip("member of bzip2", "compressed by method 12") { zip, package, _ in zip.add("x", package, method: 12) },
        zip("deflated member that is not", "deflate") { zip, package, _ in zip.add("x", package, method: 8) },
        zip("deflated member with more", "sizes") { zip, _, _ in
            zip.add("x", deflated([1, 2, 3]) + [0], method: 8, size: 3)
        },
        zip("deflated member of another size", "sizes") { zip, _, _ in
            zip.add("x", deflated([1, 2, 3]), method: 8, size: 2)
        },
        zip("deflated member that says too much", "truncated") { zip, _, _ in
            zip.add("x", deflated([1, 2, 3]), method: 8, size: 4)
        },
        zip("deflated bomb", "far beyond") { zip, _, _ in zip.add("x", deflated([1, 2, 3]), method: 8, size: 1 << 30) },
        zip("encrypted member", "encrypted") { zip, package, _ in zip.add("x", package, flags: 1) },
        zip("member missing in the directory", "lists 3 of 4") { zip, package, _ in zip.add("x", package, listed: false)
        },
        zip("directory with another name", "do not agree") { zip, _, _ in zip.add("x", [1], listedName: "y") },
        zip("size of the member too large", "truncated") { zip, _, _ in zip.add("x", [1, 2, 3], localSize: 50_000) },
        zip("garbage between the members", "truncated") { zip, _, _ in zip.addRaw([1, 2, 3, 4]) },
        zip("future format", "version of the .conda format", metadata: #"{"conda_pkg_format_version": 3}"#) { _, _, _ in
        },
        HostileCase(name: "no payload", reason: "no pkg member") {
            var zip = ZipBuilder()
            zip.add("info-hostile-1-0.tar.zst", try zstdCompress(TestArchive.honest().informationTar()))
            return zip.finished()
        },
        HostileCase(name: "zstd cut off", reason: "truncated") {
            let package = try zstdCompress(TestArchive.honest().package.finished())
            return try TestArchive.conda(
                package: Array(package.dropLast(4)), information: zstdCompress(TestArchive.honest().informationTar()))
        },
        HostileCase(name: "data after the zstd frame", reason: "zstd") {
            let package = try zstdCompress(TestArchive.honest().package.finished())
            return try TestArchive.conda(
                package: package + Array("garbage!".utf8),
                information: zstdCompress(TestArchive.honest().informationTar()))
        },
        HostileCase(name: "bzip2 cut off", reason: "bzip2", suffix: ".tar.bz2") {
            Array(try TestArchive.honest().tarBzip2().dropLast(20))
        },
        HostileCase(name: "data after the bzip2 stream", reason: "after the end of the bzip2", suffix: ".tar.bz2") {
            try TestArchive.honest().tarBzip2() + Array("garbage".utf8)
        },
        HostileCase(name: "a ZIP called .tar.bz2", reason: "not bzip2", suffix: ".tar.bz2") {
            try TestArchive.honest().conda()
        },
        HostileCase(name: "hard link out in a .tar.bz2", reason: "leads out", suffix: ".tar.bz2") {
            var archive = TestArchive.honest()
            archive.package.add("stolen", type: "1", target: "../canary")
            return try archive.tarBzip2()
        },
    ]

    /// An honest ZIP with something added.
    private static func zip(
        _ name: String, _ reason: String, metadata: String = #"{"conda_pkg_format_version": 2}"#,
        _ change: @escaping @Sendable (inout ZipBuilder, _ package: [UInt8], _ information: [UInt8]) throws -> Void
    ) -> HostileCase {
        HostileCase(name: name, reason: reason) {
            let package = try zstdCompress(TestArchive.honest().package.finished())
            let information = try zstdCompress(TestArchive.honest().informationTar())
            var zip = ZipBuilder()
            zip.add("metadata.json", Array(metadata.utf8))
            zip.add("pkg-hostile-1-0.tar.zst", package)
            zip.add("info-hostile-1-0.tar.zst", information)
            try change(&zip, package, information)
            return zip.finished()
        }
    }

    private static let small: ExtractionLimits = {
        var limits = ExtractionLimits()
        limits.entries = 1000
        limits.freeBytes = 1 << 20
        limits.ratio = 100
        return limits
    }()

    private static let bombs: [HostileCase] = [
        HostileCase(name: "zstd bomb", reason: "far beyond", limits: small) {
            var archive = TestArchive.honest()
            archive.package.add(Array("lib/zeros".utf8), data: [UInt8](repeating: 0, count: 64 << 20))
            return try archive.conda()
        },
        HostileCase(name: "bzip2 bomb", reason: "far beyond", suffix: ".tar.bz2", limits: small) {
            var archive = TestArchive.honest()
            archive.package.add(Array("lib/zeros".utf8), data: [UInt8](repeating: 0, count: 16 << 20))
            return try archive.tarBzip2()
        },
        HostileCase(name: "bomb of zeros after the tar", reason: "too much", limits: small) {
            try TestArchive.conda(
                package: zstdCompress(TestArchive.honest().package.finished() + [UInt8](repeating: 0, count: 64 << 20)),
                information: zstdCompress(TestArchive.honest().informationTar()))
        },
        HostileCase(name: "too many entries", reason: "more than 1000 entries", limits: small) {
            var archive = TestArchive.honest()
            for index in 0..<1100 { archive.package.add("share/\(index)") }
            return try archive.conda()
        },
        HostileCase(name: "too many directories", reason: "more than 1000 entries", limits: small) {
            var archive = TestArchive.honest()
            for index in 0..<600 { archive.package.add("share/\(index)/\(index)/x") }
            return try archive.conda()
        },
        HostileCase(name: "huge zstd window", reason: "too much memory", limits: ExtractionLimits()) {
            // A frame header that asks for 2³⁰ bytes, then one raw block of nothing.
            let frame: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa0, 0x01, 0x00, 0x00]
            return try TestArchive.conda(
                package: frame, information: zstdCompress(TestArchive.honest().informationTar()))
        },
    ]
}
