// SPDX-License-Identifier: BSD-3-Clause

import Codecs
import Failures
import Testing

@testable import Conda
@testable import Prefix

@Suite struct LinkManifestTests {
    private func manifest() throws -> LinkManifest {
        var builder = LinkManifestBuilder(subject: "test")
        builder.noarch = .python
        builder.entryPoints = [try EntryPoint("tool = pkg.main:App.run"), try EntryPoint("t2=a:b")]
        builder.hasUnlistedFiles = true
        try builder.add(.init(path: "lib/b", mode: 0o755, size: 7, digest: sha256(of: [1])))
        try builder.add(.init(path: "lib/a/x", size: 1, noLink: true))
        try builder.add(.init(path: "lib-x/y", kind: .softLink, target: "../lib/b"))
        try builder.add(.init(path: "empty", kind: .directory))
        try builder.add(
            .init(path: "top", size: 9, placeholder: .init(text: "/ph", mode: .binary, offsets: [1, 5])))
        return try builder.finish()
    }

    @Test func groupsByDirectory() throws {
        let manifest = try manifest()
        let directories = manifest.directories.map { manifest.path(of: $0) }
        #expect(Set(directories) == ["", "lib", "lib/a", "lib-x", "empty"])
        for directory in manifest.directories where directory.pathLength > 0 {
            let parent = manifest.path(of: manifest.directories[Int(directory.parent)])
            #expect(manifest.path(of: directory).hasPrefix(parent))
        }
        #expect(manifest.directories.first { manifest.path(of: $0) == "empty" }?.isListed == true)
        let top = try #require(manifest.entries.first { manifest.path(of: $0) == "top" })
        let placeholder = try #require(manifest.placeholder(of: top))
        #expect(manifest.text(of: placeholder) == "/ph" && Array(manifest.offsets[placeholder.offsets]) == [1, 5])
        #expect(manifest.shortestBinaryPlaceholder == 3)
        let link = try #require(manifest.entries.first { $0.kind == .softLink })
        #expect(manifest.target(of: link) == "../lib/b" && !link.hasDigest)
    }

    @Test func bytesReadBack() throws {
        let manifest = try manifest()
        let bytes = manifest.serialized()
        #expect(bytes.withUnsafeBytes { LinkManifest(bytes: $0) } == manifest)
    }

    /// The tables are written as they lie in memory: in a gap would be whatever lay there before.
    @Test func nothingLiesBetweenWhatIsWritten() {
        #expect(MemoryLayout<LinkManifest.Entry>.offset(of: \.unused) == 66)
        #expect(MemoryLayout<LinkManifest.Entry>.size == 72 && MemoryLayout<LinkManifest.Entry>.stride == 72)
        #expect(MemoryLayout<LinkManifest.Directory>.offset(of: \.unused) == 7)
        #expect(MemoryLayout<LinkManifest.Directory>.offset(of: \.parent) == 8)
        #expect(MemoryLayout<LinkManifest.Directory>.size == 20)
        #expect(MemoryLayout<LinkManifest.Placeholder>.offset(of: \.unused) == 7)
        #expect(MemoryLayout<LinkManifest.Placeholder>.offset(of: \.firstOffset) == 8)
        #expect(MemoryLayout<LinkManifest.Placeholder>.size == 16)
    }

    @Test func damagedBytesNeverCrash() throws {
        let bytes = try manifest().serialized()
        for length in 0..<bytes.count {
            #expect(Array(bytes[..<length]).withUnsafeBytes { LinkManifest(bytes: $0) } == nil)
        }
        // Any byte may be anything: what is accepted must be safe to walk.
        for index in bytes.indices {
            for value: UInt8 in [0, 1, 0x7f, 0xff] {
                var damaged = bytes
                damaged[index] = value
                guard let manifest = damaged.withUnsafeBytes({ LinkManifest(bytes: $0) }) else { continue }
                for entry in manifest.entries {
                    _ = manifest.path(of: entry)
                    _ = manifest.target(of: entry)
                    if let placeholder = manifest.placeholder(of: entry) {
                        _ = manifest.text(of: placeholder)
                        _ = manifest.offsets[placeholder.offsets]
                    }
                }
                for directory in manifest.directories { _ = manifest.entries[directory.entries].count }
            }
        }
    }

    /// A cache may have been handed on by somebody: each path leads down from the one above, as those who link believe.
    @Test(arguments: [
        // Names of directories, one at each depth, and of the file: what they become.
        ["..", "bb", "file"], ["aa", "..", "file"], ["aa", "bb", "../x"], ["aa", "bb", "/fil"], ["/a", "bb", "file"],
        ["aa", "bb", "a\0le"], ["aa", "/b", "file"], ["./", "bb", "file"], ["aa", "b/", "file"],
    ])
    func pathsAreProvenOnReading(_ names: [String]) throws {
        var builder = LinkManifestBuilder(subject: "test")
        try builder.add(.init(path: "aa/bb/file"))
        let bytes = try builder.finish().serialized()
        let old = ["aa", "aa/bb", "aa/bb/file"]
        let new = [names[0], "\(names[0])/\(names[1])", "\(names[0])/\(names[1])/\(names[2])"]
        var changed = bytes
        for (old, new) in zip(old, new) {
            let (old, new) = (Array("\0\(old)\0".utf8), Array("\0\(new)\0".utf8))
            for start in bytes.indices where bytes[start...].starts(with: old) {
                changed.replaceSubrange(start..<start + old.count, with: new)
            }
        }
        #expect(changed != bytes && changed.count == bytes.count)
        #expect(bytes.withUnsafeBytes { LinkManifest(bytes: $0) } != nil)
        #expect(changed.withUnsafeBytes { LinkManifest(bytes: $0) } == nil)
    }

    @Test(arguments: ["", "/a", "a/../b", "..", "a//b", "./a", "a/", "a\0b", String(repeating: "x", count: 300)])
    func unsafePathsAreRefused(_ path: String) {
        var builder = LinkManifestBuilder(subject: "test")
        #expect(throws: Failure.self) { try builder.add(.init(path: path)) }
    }

    @Test func contradictionsAreRefused() throws {
        var twice = LinkManifestBuilder(subject: "test")
        try twice.add(.init(path: "a/b"))
        try twice.add(.init(path: "a/b", kind: .softLink, target: "x"))
        #expect(throws: Failure.self) { try twice.finish() }
        var through = LinkManifestBuilder(subject: "test")
        try through.add(.init(path: "a", kind: .softLink, target: "/etc"))
        try through.add(.init(path: "a/b"))
        #expect(throws: Failure.self) { try through.finish() }
    }

    @Test(arguments: [
        "../x = a:b", "a/b = a:b", "x = a", "x a:b", "x = a b:c", "x = a:b;c", "x = a:", " = a:b", "x = 1a:b",
        "x y = a:b",
        ".. = a:b",
    ])
    func badEntryPoints(_ text: String) {
        #expect(throws: Failure.self) { try EntryPoint(text) }
    }

    @Test func goodEntryPoints() throws {
        let point = try EntryPoint(" jupyter-lab =  jupyterlab.labapp : LabApp.launch ")
        #expect(
            point.command == "jupyter-lab" && point.module == "jupyterlab.labapp" && point.function == "LabApp.launch")
        #expect(try EntryPoint("x = a:b [extra]").function == "b")
        #expect(try EntryPoint(point.description) == point)
    }
}
