// SPDX-License-Identifier: BSD-3-Clause
import Archives
import Codecs
import Conda
import Failures
import Foundation
import Platform
import Testing

@testable import Packages

/// Entries appear whole or not at all, whoever else is at work.
@Suite struct PackageCacheTests {
    private let temporary = TemporaryDirectory()

    private func archive(_ text: String = "data") throws -> (path: String, record: PackageRecord) {
        var archive = TestArchive.honest()
        archive.package.add("share/text", data: text)
        let bytes = try archive.conda()
        let path = temporary / "archive-\(text)"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return (path, TestArchive.record("hostile-1-0.conda", bytes))
    }

    private func names(_ directory: String = "cache") throws -> [String] {
        try FileSystem.entries(temporary / "\(directory)/krait-v1").map(\.name).sorted()
    }

    @Test func storedEntryIsFoundAgain() throws {
        let (path, record) = try archive()
        let cache = PackageCache(directories: [temporary / "cache"])
        #expect(cache.lookup(record) == nil)
        let stored = try cache.store(record, from: .file(path))
        let found = try #require(cache.lookup(record))
        #expect(found.manifest == stored.manifest)
        #expect(found.facts == stored.facts)
        #expect(stored.isNew && !found.isNew)
        #expect(try names() == ["hostile-1-0-\(record.sha256?.hex.prefix(16) ?? "")"])
        #expect(found.problems(contents: true).isEmpty)
        var other = record
        other.sha256 = SHA256Digest(bytes: [UInt8](repeating: 7, count: 32))
        #expect(cache.lookup(other) == nil)
    }

    @Test func recordsWithOnlyMD5OrOnlyAURLAreFound() throws {
        let (path, whole) = try archive()
        var record = whole
        record.sha256 = nil
        record.md5 = md5(of: try readFile(path))
        let cache = PackageCache(directories: [temporary / "cache"])
        _ = try cache.store(record, from: .file(path))
        #expect(cache.lookup(record)?.facts.sha256 == whole.sha256)
        #expect(cache.lookup(whole) != nil)
        record.md5 = nil
        #expect(cache.lookup(record)?.facts.sha256 == whole.sha256)
        record.url = "https://elsewhere.invalid/x.conda"
        #expect(cache.lookup(record) == nil)
        record.md5 = MD5Digest(bytes: [UInt8](repeating: 1, count: 16))
        let failure = #expect(throws: Failure.self) { try cache.store(record, from: .file(path)) }
        #expect(failure?.reason.contains("MD5") == true)
    }

    @Test func recordOfABareURLIsCompletedByThePackage() throws {
        var archive = TestArchive.honest()
        archive.index = #"""
            {"name": "hostile", "version": "1", "build": "0", "build_number": 3, "depends": ["a", "b >=1"],
            "noarch": "generic", "license": "MIT", "odd": 1}
            """#
        let bytes = try archive.conda()
        try Data(bytes).write(to: URL(fileURLWithPath: temporary / "archive"))
        var record = TestArchive.record("hostile-1-0.conda", bytes)
        record.size = nil
        let cache = PackageCache(directories: [temporary / "cache"])
        let entry = try cache.store(record, from: .file(temporary / "archive"))
        let full = entry.completing(record)
        #expect(full.depends == ["a", "b >=1"] && full.buildNumber == 3 && full.noarch == .generic)
        #expect(full.size == UInt64(bytes.count) && full.license == "MIT")
        let kept = try PackageRecord(json: JSON.parse(readFile(entry.recordPath), subject: "record"), subject: "record")
        #expect(kept == full)
        // What a channel says stays, also that there are no dependencies.
        var patched = record
        patched.size = UInt64(bytes.count)
        #expect(entry.completing(patched).depends.isEmpty)
    }

    @Test func readOnlyCachesAreSearchedAndTheFirstWritableGetsNewOnes() throws {
        let (path, record) = try archive()
        let old = PackageCache(directories: [temporary / "old"])
        _ = try old.store(record, from: .file(path))
        try Data().write(to: URL(fileURLWithPath: temporary / "file"))
        let cache = PackageCache(directories: [temporary / "file/cache", temporary / "old", temporary / "new"])
        #expect(cache.lookup(record)?.directory.contains("/old/") == true)
        #expect(cache.writableDirectory == temporary / "old/krait-v1")
        let nowhere = PackageCache(directories: [temporary / "file/cache"])
        #expect(nowhere.writableDirectory == nil)
        let failure = #expect(throws: Failure.self) { try nowhere.store(record, from: .file(path)) }
        #expect(failure?.code == .system)
    }

    @Test func manyStoresOfOnePackageAllSucceed() throws {
        let (path, record) = try archive()
        let temporary = temporary
        let directory = temporary / "cache"
        try forEachInParallel(40, workers: 8) { (_) throws(Failure) in
            let cache = PackageCache(directories: [directory])
            let entry = try cache.store(record, from: .file(path))
            guard entry.problems(contents: true).isEmpty else { throw Failure(.other, "entry", "is not whole") }
        }
        #expect(try names().count == 1)
    }

    @Test func manyPackagesAtOnceWithDiscardingBeside() throws {
        let archives = try (0..<6).map { try archive("text \($0)") }
        let cache = PackageCache(directories: [temporary / "cache"])
        try forEachInParallel(60, workers: 8) { (index) throws(Failure) in
            let (path, record) = archives[index % archives.count]
            let entry = try cache.store(record, from: .file(path))
            if index % 7 == 0 { cache.discard(entry.directory) }
        }
        for (path, record) in archives {
            let entry = try cache.lookup(record) ?? cache.store(record, from: .file(path))
            #expect(entry.problems(contents: true).isEmpty)
        }
        #expect(try names().count == archives.count)
    }

    @Test func damagedEntryIsReplaced() throws {
        let (path, record) = try archive()
        let cache = PackageCache(directories: [temporary / "cache"])
        let entry = try cache.store(record, from: .file(path))
        try Data("garbage".utf8).write(to: URL(fileURLWithPath: entry.directory + "/.krait/manifest"))
        #expect(cache.lookup(record) == nil)
        #expect(try cache.store(record, from: .file(path)).isNew)
        #expect(cache.lookup(record)?.problems(contents: true).isEmpty == true)
        #expect(try names().count == 1)
    }

    @Test func changedFilesAreFound() throws {
        let (path, record) = try archive()
        let entry = try PackageCache(directories: [temporary / "cache"]).store(record, from: .file(path))
        try Data("dato".utf8).write(to: URL(fileURLWithPath: entry.directory + "/share/text"))
        try Data("longer".utf8).write(to: URL(fileURLWithPath: entry.directory + "/lib/data.txt"))
        try FileSystem.unlink(entry.directory + "/bin/tool")
        let shallow = entry.problems(contents: false)
        #expect(shallow.map(\.path).sorted() == ["bin/tool", "lib/data.txt"])
        let deep = Dictionary(uniqueKeysWithValues: entry.problems(contents: true).map { ($0.path, $0.kind) })
        #expect(deep == ["bin/tool": .missing, "lib/data.txt": .size, "share/text": .digest])
    }

    @Test func cleaningKeepsWhatEnvironmentsUse() throws {
        let (usedPath, used) = try archive("used")
        let (idlePath, idle) = try archive("idle")
        let cache = PackageCache(directories: [temporary / "cache"])
        let entry = try cache.store(used, from: .file(usedPath))
        _ = try cache.store(idle, from: .file(idlePath))
        try FileSystem.link(from: entry.directory + "/bin/tool", to: temporary / "tool")
        try FileSystem.createDirectory(temporary / "cache/krait-v1/.staging-left")
        var cleaning = PackageCache.Cleaning()
        cleaning.unused = true
        #expect(cache.clean(cleaning, dryRun: true).items.count == 1)
        #expect(cache.lookup(idle) != nil)
        #expect(cache.clean(cleaning, dryRun: false).items.count == 1)
        #expect(cache.lookup(idle) == nil && cache.lookup(used) != nil)
        // What a living process may still be filling stays.
        #expect(try names().contains(".staging-left"))
        cleaning.everything = true
        _ = cache.clean(cleaning, dryRun: false)
        #expect(try names().isEmpty)
    }

    @Test func otherToolsArchivesAreFoundAndVerified() throws {
        let (path, record) = try archive()
        let cache = PackageCache(directories: [temporary / "cache"])
        try FileManager.default.createDirectory(atPath: temporary / "cache", withIntermediateDirectories: true)
        #expect(cache.findArchive(record) == nil)
        var damaged = try readFile(path)
        damaged[100] ^= 1
        let left = temporary / "cache/hostile-1-0.conda"
        try Data(damaged).write(to: URL(fileURLWithPath: left))
        #expect(cache.findArchive(record) == left)
        #expect(throws: Failure.self) { try cache.store(record, from: .file(left)) }
        #expect(cache.lookup(record) == nil)
    }

    @Test func namesThatAreNoFileNamesAreRefused() throws {
        let (path, whole) = try archive()
        for name in ["../evil", "a/b", "", " ", "x\n"] {
            var record = whole
            record.name = name
            record.version = "1"
            let cache = PackageCache(directories: [temporary / "cache"])
            if name.isEmpty { continue }
            #expect(throws: Failure.self) { try cache.store(record, from: .file(path)) }
            #expect(cache.lookup(record) == nil)
        }
        #expect(try FileSystem.entries(temporary / "cache/krait-v1").isEmpty)
    }
}
