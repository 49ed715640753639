// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Foundation
import Platform
import Testing

@testable import Packages

/// Archives that lie, lead outside or ask for too much: each is refused, and nothing is left or written elsewhere.
@Suite struct HostileArchiveTests {
    @Test(arguments: HostileCase.all) func isRefused(_ hostile: HostileCase) throws {
        let temporary = TemporaryDirectory()
        try FileManager.default.createDirectory(atPath: temporary / "cache", withIntermediateDirectories: true)
        try Data("canary".utf8).write(to: URL(fileURLWithPath: temporary / "canary"))
        let bytes = try hostile.bytes()
        let archive = temporary / "archive"
        try Data(bytes).write(to: URL(fileURLWithPath: archive))
        let record = TestArchive.record("hostile-1-0\(hostile.suffix)", bytes)
        let cache = PackageCache(directories: [temporary / "cache"], limits: hostile.limits)
        do throws(Failure) {
            _ = try cache.store(record, from: .file(archive))
            Issue.record("\(hostile.name) was accepted")
        } catch {
            #expect(error.code == .integrity, "\(hostile.name): \(error)")
            #expect(error.reason.contains(hostile.reason), "\(hostile.name): \(error.reason)")
            #expect(error.reason.utf8.allSatisfy { $0 >= 32 && $0 != 127 })
        }
        #expect(try FileSystem.entries(temporary / "cache/krait-v1").isEmpty, "\(hostile.name) left something")
        #expect(Set(try FileSystem.entries(temporary.path).map(\.name)) == ["cache", "canary", "archive"])
        #expect(try readFile(temporary / "canary") == Array("canary".utf8))
        #expect(cache.lookup(record) == nil)
    }

    @Test func thereAreManyCases() {
        #expect(HostileCase.all.count >= 40)
    }

    @Test func honestArchiveIsAccepted() throws {
        let temporary = TemporaryDirectory()
        for (suffix, bytes) in [
            (".conda", try TestArchive.honest().conda()), (".tar.bz2", try TestArchive.honest().tarBzip2()),
        ] {
            let archive = temporary / "archive\(suffix)"
            try Data(bytes).write(to: URL(fileURLWithPath: archive))
            let record = TestArchive.record("hostile-1-0\(suffix)", bytes)
            let entry = try PackageCache(directories: [temporary / "cache"]).store(record, from: .file(archive))
            #expect(entry.manifest.entries.count == 2)
            #expect(entry.isNew)
        }
    }
}
