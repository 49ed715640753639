// SPDX-License-Identifier: BSD-3-Clause
import Archives
import Codecs
import Conda
import Failures
import Foundation
import Platform
import Prefix
import Testing

@testable import Packages

/// An environment is the same whichever sink its packages came through, and wherever it was written.
@Suite struct SinkPrefixTests {
    /// Where the environments are told that they live; nothing is written there.
    private static let prefix = "/opt/somewhere/else/env"
    private static let placeholder = "/home/builder/placehold_placehold_placehold_placehold_placehold"

    /// A package with everything that linking has to do something about.
    private static func everything() -> TestArchive {
        var archive = TestArchive.honest()
        archive.package.add("bin/script", data: "#!/bin/sh\necho \(placeholder)/share\n", mode: 0o755)
        archive.package.add("lib/data.bin", data: "\u{1}\(placeholder)/lib\u{0}end")
        archive.package.add("lib/alone/link", type: "2", target: "../data.txt")
        archive.package.add("lib/again.txt", type: "1", target: "lib/data.txt")
        archive.package.add("share/deep/deeper/file", data: "deep")
        let listed = [
            ("bin/tool", ""), ("bin/script", #", "prefix_placeholder": "\#(placeholder)", "file_mode": "text""#),
            ("lib/data.txt", ""), ("lib/again.txt", ""), ("share/deep/deeper/file", ""),
            ("lib/data.bin", #", "prefix_placeholder": "\#(placeholder)", "file_mode": "binary""#),
        ].map { #"{"_path": "\#($0)", "path_type": "hardlink"\#($1)}"# }
        let link = #"{"_path": "lib/alone/link", "path_type": "softlink"}"#
        archive.paths = #"{"paths_version": 1, "paths": [\#((listed + [link]).joined(separator: ", "))]}"#
        return archive
    }

    @Test func cacheStagingAndTarGiveTheSameEnvironment() throws {
        let archive = Self.everything()
        for (name, bytes) in [
            ("hostile-1-0.conda", try archive.conda()), ("hostile-1-0.tar.bz2", try archive.tarBzip2()),
        ] {
            let temporary = TemporaryDirectory()
            try writeNewFile(temporary / name, bytes)
            try compare(TestArchive.record(name, bytes), temporary / name, temporary)
            // And it is what was promised.
            let shell = String(decoding: try readFile(temporary / "cache-env/bin/script"), as: UTF8.self)
            #expect(shell == "#!/bin/sh\necho \(Self.prefix)/share\n")
            let binary = try readFile(temporary / "cache-env/lib/data.bin")
            #expect(binary.starts(with: [1] + Array("\(Self.prefix)/lib\u{0}".utf8)))
        }
    }

    @Test func realPackagesToo() throws {
        try #require(TestPlaces.hasPackages, "no test data at \(TestPlaces.data): set KRAIT_TEST_DATA")
        var seen = 0
        for archive in TestPlaces.archives(below: TestPlaces.data + "/packages/conda+rattler") {
            let temporary = TemporaryDirectory()
            let bytes = try readFile(archive)
            var record = TestArchive.record((archive as NSString).lastPathComponent, bytes)
            guard let staged = try? PackageUnpacker().unpack(record, from: .file(archive), to: temporary / "look")
            else { continue }
            record = staged.completing(record)
            // Those need a python beside them.
            if record.noarch == .python || staged.manifest.noarch == .python { continue }
            try compare(record, archive, temporary)
            seen += 1
        }
        #expect(seen > 10)
    }

    private func compare(_ record: PackageRecord, _ archive: String, _ temporary: TemporaryDirectory) throws {
        let cache = PackageCache(directories: [temporary / "cache"])
        let cached = try cache.store(record, from: .file(archive))
        let staged = try PackageUnpacker().unpack(record, from: .file(archive), to: temporary / "staging")
        var tars: [[UInt8]] = []
        for _ in 0..<2 {
            let sink = TarSink()
            let expected = ExpectedArchive(record)
            let format = try #require(ArchiveFormat(fileName: record.fileName))
            let package = try PackageExtractor(into: sink, subject: record.fileName).extract(
                PackageSource.file(archive).open(expected, subject: record.fileName), format: format,
                expected: expected, spoolDirectory: temporary.path)
            #expect(package.manifest == cached.manifest && package.manifest == staged.manifest)
            tars.append(sink.archive())
        }
        #expect(tars[0] == tars[1], "\(record.fileName): the tar is not the same twice")
        try writeNewFile(temporary / "package.tar", tars[0])
        try FileSystem.createDirectory(temporary / "untarred")
        _ = try runProgram(
            ["/bin/tar", "-xpf", temporary / "package.tar", "-C", temporary / "untarred"],
            environment: ProcessInfo.processInfo.environment)

        var trees: [String: [String: String]] = [:]
        for (name, source, isStaged) in [
            ("cache", cached.directory, false), ("staging", staged.directory, true),
            ("tar", temporary / "untarred", false),
        ] {
            let package = LinkPackage(record: record, source: source, manifest: cached.manifest, isStaged: isStaged)
            let root = temporary / "\(name)-env"
            try FileSystem.createDirectory(root)
            let plan = try LinkPlan([package], target: LinkTarget(root: root, prefix: Self.prefix))
            let opened = try Descriptor.openDirectory(root)
            _ = try plan.execute(at: opened.reference, isFresh: true)
            // Names of one file share its mode; here they may have become files of their own.
            trees[name] = describeTree(root).mapValues { $0.replacingOccurrences(of: "file h", with: "file x") }
                .mapValues { $0.replacingOccurrences(of: "file -", with: "file x") }
        }
        #expect(trees["cache"]?.isEmpty == false || cached.manifest.entries.isEmpty, "\(record.fileName)")
        #expect(trees["cache"] == trees["staging"], "\(record.fileName): cache and staging")
        #expect(trees["cache"] == trees["tar"], "\(record.fileName): cache and tar")
        #expect(!FileManager.default.fileExists(atPath: Self.prefix))
    }
}
