// SPDX-License-Identifier: BSD-3-Clause
import Archives
import Codecs
import Conda
import Foundation
import Platform
import Testing

@testable import Packages

/// Where files hold the build prefix, found once at extraction.
@Suite struct PlaceholderTests {
    private let prefix = "/build/" + String(repeating: "placehold_", count: 5)

    private func unpack(_ archive: TestArchive) throws -> LinkManifest {
        let temporary = TemporaryDirectory()
        let bytes = try archive.conda()
        try Data(bytes).write(to: URL(fileURLWithPath: temporary / "archive"))
        return try PackageUnpacker().unpack(
            TestArchive.record("hostile-1-0.conda", bytes), from: .file(temporary / "archive"), to: temporary / "out"
        ).manifest
    }

    @Test func offsetsOfListedFilesAreFound() throws {
        var archive = TestArchive.honest()
        let text = "first \(prefix)/bin\n\(prefix)\(prefix) and \(prefix.dropLast()) not"
        archive.package.add("bin/script", data: text, mode: 0o755)
        archive.package.add("lib/plain", data: prefix)
        archive.paths = #"""
            {"paths_version": 1, "paths": [
            {"_path": "bin/tool", "path_type": "hardlink", "no_link": true},
            {"_path": "bin/script", "path_type": "hardlink", "prefix_placeholder": "\#(prefix)", "file_mode": "binary"},
            {"_path": "lib/plain", "path_type": "hardlink"},
            {"_path": "var/empty", "path_type": "directory"}]}
            """#
        let manifest = try unpack(archive)
        let entries = Dictionary(uniqueKeysWithValues: manifest.entries.map { (manifest.path(of: $0), $0) })
        #expect(entries.count == 4)
        let script = try #require(entries["bin/script"])
        let placeholder = try #require(manifest.placeholder(of: script))
        #expect(manifest.text(of: placeholder) == prefix)
        #expect(placeholder.mode == .binary)
        let count = UInt64(prefix.utf8.count)
        #expect(Array(manifest.offsets[placeholder.offsets]) == [6, 11 + count, 11 + 2 * count])
        #expect(entries["lib/plain"]?.placeholder == 0)
        #expect(entries["bin/tool"]?.noLink == true)
        #expect(entries["var/empty"]?.kind == .directory)
        #expect(manifest.hasUnlistedFiles)
        // Without a digest in paths.json there is the one of the file.
        #expect(manifest.digest(of: script) == sha256(of: Array(text.utf8)))
    }

    @Test func legacyFilesAreUnderstood() throws {
        var archive = TestArchive.honest()
        let old = "/opt/" + (1...3).map { "anaconda\($0)" }.joined()
        archive.package.add("bin/old", data: "#!\(old)/bin/python\n", mode: 0o755)
        archive.package.add("share/with blank", data: "x\(prefix)")
        archive.information.add("info/files", data: "bin/tool\nbin/old\nshare/with blank\n")
        archive.information.add("info/has_prefix", data: "bin/old\n\"\(prefix)\" binary \"share/with blank\"\n")
        archive.information.add("info/no_link", data: "bin/tool\n")
        let manifest = try unpack(archive)
        let entries = Dictionary(uniqueKeysWithValues: manifest.entries.map { (manifest.path(of: $0), $0) })
        #expect(Set(entries.keys) == ["bin/tool", "bin/old", "share/with blank"])
        let first = try #require(entries["bin/old"].flatMap { manifest.placeholder(of: $0) })
        #expect(manifest.text(of: first) == old && first.mode == .text)
        #expect(Array(manifest.offsets[first.offsets]) == [2])
        let second = try #require(entries["share/with blank"].flatMap { manifest.placeholder(of: $0) })
        #expect(manifest.text(of: second) == prefix && second.mode == .binary)
        #expect(entries["bin/tool"]?.noLink == true)
        #expect(manifest.hasUnlistedFiles)
    }

    @Test func withoutAnyListEverythingIsLinked() throws {
        let manifest = try unpack(.honest())
        #expect(Set(manifest.entries.map { manifest.path(of: $0) }) == ["bin/tool", "lib/data.txt"])
        #expect(!manifest.hasUnlistedFiles)
    }

    @Test func entryPointsAndNoarchAreRead() throws {
        var archive = TestArchive.honest()
        archive.index = #"{"name": "hostile", "version": "1", "build": "0", "noarch": "python"}"#
        archive.link = #"{"noarch": {"type": "python", "entry_points": ["tool = tool.main:run", "x=a:b"]}}"#
        let manifest = try unpack(archive)
        #expect(manifest.noarch == .python)
        #expect(manifest.entryPoints.map(\.command) == ["tool", "x"])
    }
}
