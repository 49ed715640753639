// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Foundation
import Platform
import Testing

/// A directory that is removed with its owner.
final class TemporaryDirectory {
    let path: String

    init() {
        path = NSTemporaryDirectory() + "/krait-test-" + UUID().uuidString
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    static func / (directory: TemporaryDirectory, name: String) -> String { directory.path + "/" + name }
}

@Suite struct FileSystemTests {
    private let temporary = TemporaryDirectory()

    @Test func filesAreWrittenAndRead() throws {
        let path = temporary / "file"
        #expect(try readFileIfPresent(path) == nil)
        try writeFileAtomically(path, Array("one".utf8))
        try writeFileAtomically(path, Array("two".utf8), synchronize: true)
        try appendToFile(path, Array(" three".utf8))
        #expect(try readFile(path) == Array("two three".utf8))
        #expect(try FileSystem.entries(temporary.path).map(\.name) == ["file"])
        let failure = #expect(throws: Failure.self) { try readFile(path, limit: 3) }
        #expect(failure?.code == .system)
        let taken = #expect(throws: Failure.self) { try writeNewFile(path, []) }
        #expect(taken?.errno == .exists)
        #expect(taken?.subject == path)
    }

    @Test func filesWithoutASizeAreRead() throws {
        #expect(try readFile("/proc/self/status").count > 100)
    }

    @Test func absentThingsAreNilAndOthersFail() throws {
        #expect(try FileSystem.status(temporary / "absent") == nil)
        #expect(try FileSystem.status(temporary / "absent/deeper") == nil)
        let failure = #expect(throws: Failure.self) { _ = try Descriptor.open(temporary / "absent") }
        #expect(failure?.errno == .noEntry)
        #expect(failure?.reason == "cannot open: No such file or directory")
        #expect(Errno.noSpace.name == "ENOSPC")
    }

    @Test func directoriesAreMadeAndRemovedAsTrees() throws {
        try FileSystem.createDirectories(temporary / "a/b/c")
        try FileSystem.createDirectories(temporary / "a/b/c")
        try writeNewFile(temporary / "a/b/c/file", [1])
        try FileSystem.symbolicLink(target: "/etc", path: temporary / "a/link")
        try FileSystem.setMode(temporary / "a/b", 0o500)
        #expect(throws: Failure.self) { try FileSystem.createDirectories(temporary / "a/b/c/file/d") }
        #expect(try FileSystem.removeDirectory(temporary / "a") == false)
        try FileSystem.removeTree(temporary / "a")
        try FileSystem.removeTree(temporary / "a")
        #expect(try FileSystem.entries(temporary.path).isEmpty)
        #expect(FileManager.default.fileExists(atPath: "/etc/passwd"))
    }

    @Test func renamingKnowsWhetherToReplace() throws {
        try writeNewFile(temporary / "one", [1])
        try writeNewFile(temporary / "two", [2])
        let failure = #expect(throws: Failure.self) {
            try FileSystem.rename(from: temporary / "one", to: temporary / "two", noReplace: true)
        }
        #expect(failure?.errno == .exists)
        #expect(try FileSystem.exchange(temporary / "one", temporary / "two"))
        #expect(try readFile(temporary / "one") == [2])
        try FileSystem.rename(from: temporary / "one", to: temporary / "two")
        #expect(try readFile(temporary / "two") == [2])
        try FileSystem.createDirectories(temporary / "x/inside")
        try FileSystem.createDirectories(temporary / "y")
        #expect(throws: Failure.self) {
            try FileSystem.rename(from: temporary / "y", to: temporary / "x", noReplace: true)
        }
    }

    @Test func linksAndCopies() throws {
        let long = String(repeating: "t", count: 1000)
        try FileSystem.symbolicLink(target: long, path: temporary / "link")
        #expect(try FileSystem.readLink(temporary / "link") == long)
        try writeNewFile(temporary / "source", [UInt8](repeating: 7, count: 300_000), mode: 0o555)
        try FileSystem.setModified(temporary / "source", FileTime(seconds: 1_000_000_000, nanoseconds: 5))
        try FileSystem.link(from: temporary / "source", to: temporary / "second")
        #expect(try FileSystem.status(temporary / "second")?.linkCount == 2)
        try SystemCall.copyFile(
            from: temporary / "source", at: .currentDirectory, to: temporary / "copy", at: .currentDirectory)
        let status = try #require(try FileSystem.status(temporary / "copy"))
        #expect(status.mode == 0o555 && status.linkCount == 1 && status.size == 300_000)
        #expect(status.modified == FileTime(seconds: 1_000_000_000, nanoseconds: 5))
        let bytes = try readFile(temporary / "source")
        #expect(try MappedFile(temporary / "copy").withBytes { $0.elementsEqual(bytes) })
    }

    @Test func whatIsBelowIsToldThroughLinks() throws {
        try FileSystem.createDirectories(temporary / "real/env/lib")
        try SystemCall.symbolicLink(target: "real", path: temporary / "link", at: .currentDirectory)
        for path in ["real/env", "link/env", "link/env/lib", "real/env/new/deep", "link/env/new"] {
            #expect(FileSystem.isWithin(temporary / path, temporary / "real/env"), "\(path)")
            #expect(FileSystem.isWithin(temporary / path, temporary / "link/env"), "\(path)")
            #expect(FileSystem.isWithin(temporary / path, "/"), "\(path)")
        }
        for path in ["real", "link", "real/environment", "link/env2/x", "other"] {
            #expect(!FileSystem.isWithin(temporary / path, temporary / "real/env"), "\(path)")
            #expect(!FileSystem.isWithin(temporary / path, temporary / "link/env"), "\(path)")
        }
    }

    @Test func relativeToADirectory() throws {
        try FileSystem.createDirectory(temporary / "sub")
        let directory = try Descriptor.openDirectory(temporary / "sub")
        try writeNewFile("name", [3], at: directory.reference)
        #expect(try readFile(temporary / "sub/name") == [3])
        #expect(FileSystem.exists("name", at: directory.reference))
        var found: [String] = []
        try FileSystem.forEachEntry(of: directory) { name, kind in
            found.append(String(cString: name))
            #expect(kind == .regular || kind == .unknown)
        }
        #expect(found == ["name"])
    }

    @Test func manyNamesAreListed() throws {
        for index in 0..<3000 { try writeNewFile(temporary / "name-\(index)", []) }
        #expect(Set(try FileSystem.entries(temporary.path).map(\.name)).count == 3000)
    }

    @Test func factsOfFileSystems() throws {
        let facts = try FileSystem.facts(temporary / "absent/deeper")
        #expect(facts.total > 0)
        #expect(facts.identity == (try FileSystem.status(temporary.path))?.device)
        if FileSystem.isDirectory("/dev/shm") { #expect(try FileSystem.facts("/dev/shm").kind == .memory) }
    }

    @Test func mappedEmptyFile() throws {
        try writeNewFile(temporary / "empty", [])
        #expect(try MappedFile(temporary / "empty").count == 0)
        #expect(throws: Failure.self) { try MappedFile(temporary.path) }
    }
}
