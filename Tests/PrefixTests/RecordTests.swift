// SPDX-License-Identifier: BSD-3-Clause

import Codecs
import Conda
import Failures
import Foundation
import Platform
import Testing

@testable import Prefix

@Suite struct RecordTests {
    /// What a record says becomes names of files, so it is judged where it is read, whoever asks.
    @Test func namesAndPathsThatLeadOutAreRefused() throws {
        let unsafe = ["../x", "/x", "a/../../x", "a//b", ".", "..", "a/\u{0}"]
        for path in unsafe {
            for (list, pathsData) in [([], [path]), ([path], []), (["share/x", path], ["share/x", path])] {
                let paths = pathsData.map {
                    JSON.object([JSONMember("_path", .string($0)), JSONMember("path_type", "hardlink")])
                }
                let record = JSON.object([
                    JSONMember("name", "x"), JSONMember("version", "1"), JSONMember("files", .strings(list)),
                    JSONMember("paths_data", .object([JSONMember("paths", .array(paths))])),
                ])
                #expect(throws: Failure.self, "\(path)") {
                    try record.serialized().withUnsafeBytes { try RecordReader.paths($0, "record") }
                }
            }
        }
        for field in ["name", "version", "build", "subdir", "fn"] {
            for text in unsafe + ["a/b"] {
                var members = [
                    JSONMember("name", "x"), JSONMember("version", "1"), JSONMember("build", "0"),
                    JSONMember("subdir", "noarch"), JSONMember("fn", "x-1-0.conda"),
                ]
                for index in members.indices where members[index].key == field { members[index].value = .string(text) }
                #expect(throws: Failure.self, "\(field) \(text)") {
                    try JSON.object(members).serialized().withUnsafeBytes { try RecordReader.head($0, "record") }
                }
            }
        }
    }

    @Test(.enabled(if: testData != nil, "no test data"))
    func readsRealRecordsConformance() throws {
        let directory = try #require(testData) + "/rattler-test-data/conda-meta"
        var (count, archived) = (0, 0)
        for name in try FileManager.default.contentsOfDirectory(atPath: directory) where name.hasSuffix(".json") {
            let record = try #require(InstalledRecord(fileName: name, directory: directory))
            let bytes = try readFile(record.path)
            let json = try JSON.parse(bytes, subject: name)
            let head = try record.head()
            #expect(head.record.name == json["name"]?.string && head.record.name == record.name)
            #expect(head.record.version == json["version"]?.string && head.record.version == record.version)
            #expect(head.record.build == json["build"]?.string && head.record.build == record.build)
            #expect(head.record.url == json["url"]?.string && head.record.fileName == json["fn"]?.string)
            #expect(head.record.depends == json["depends"]?.array?.compactMap(\.string))
            #expect(head.record.md5?.hex == json["md5"]?.string && head.record.sha256?.hex == json["sha256"]?.string)
            let paths = try record.paths()
            let wanted = json["paths_data"]?["paths"]?.array ?? []
            // conda tells where files of noarch python packages were in the archive; `files` knows where they are.
            let files = json["files"]?.array?.compactMap(\.string) ?? []
            let told = wanted.compactMap { $0["_path"]?.string }
            let isArchived = head.record.noarch == .python && !Set(told).isSubset(of: files)
            archived += isArchived ? 1 : 0
            #expect(paths.map(\.path) == (isArchived ? files : told))
            #expect(paths.map { $0.digest?.hex } == wanted.map { $0["sha256"]?.string })

            // What we write of a path reads back as the same path.
            for path in paths {
                var text = RecordText(capacity: 100)
                text.raw("{\"paths_data\": {\"paths\": [")
                text.element(path)
                text.raw("]}}")
                #expect(try text.bytes.withUnsafeBytes { try RecordReader.paths($0, name) } == [path])
            }
            count += 1
        }
        #expect(count > 30 && archived > 1)
    }

    /// The short way that plain files are written in is the long one, with names that need escapes and with none.
    @Test func plainFilesAreWrittenLikeOthers() throws {
        let digest = sha256(of: Array("content".utf8))
        for (directory, name, isEscaped) in [
            ("", "name", true), ("lib/", "na\"me\\\u{1}\n", false), ("l\"ib/", "name", false), ("é/", "plain", true),
        ] {
            for size in [0, 9, 10, UInt64.max] {
                var short = RecordText(capacity: 1)
                Array(directory.utf8).withUnsafeBytes { directory in
                    Array(name.utf8).withUnsafeBytes { name in
                        short.plainElement(directory, name, isEscaped: isEscaped, digest: digest, size: size)
                    }
                }
                var path = PrefixPath(path: directory + name)
                (path.digest, path.digestInPrefix, path.size) = (digest, digest, size)
                var long = RecordText(capacity: 1000)
                long.element(path)
                #expect(String(decoding: short.bytes, as: UTF8.self) == String(decoding: long.bytes, as: UTF8.self))
            }
        }
    }

    /// conda's records tell the paths of noarch python packages as in the archive; two Unicode forms are two files.
    @Test func archivedPathsAreComparedByBytes() throws {
        let names = ["\u{e9}.py", "e\u{301}.py"]
        let files = names.map { JSON.string("lib/python3.12/site-packages/\($0)") }
        let paths = names.map { JSON.object([JSONMember("_path", .string("site-packages/\($0)"))]) }
        let record = JSON.object([
            JSONMember("files", .array(files)),
            JSONMember("paths_data", .object([JSONMember("paths", .array(paths))])),
        ])
        let found = try record.serialized().withUnsafeBytes { try RecordReader.paths($0, "record") }
        #expect(found.map { Array($0.path.utf8) } == files.compactMap(\.string).map { Array($0.utf8) })
    }

    @Test(.enabled(if: oraclePython != nil, "no python with py-rattler"))
    func rattlerReadsOurRecordsConformance() throws {
        let tree = TestTree()
        let mark = PackageFixture.placeholder
        let python = try PackageFixture.make(
            "python", version: "3.11.2", in: tree, [("bin/python3.11", .file("", mode: 0o755))])
        let pure = try PackageFixture.make(
            "pure", in: tree, noarch: .python, depends: ["python >=3.9"], entryPoints: ["pure = pure:main"],
            requested: ["pure >=1", "pure"],
            [
                ("site-packages/pure.py", .file("1")), ("share/x", .file("1")), ("lib/link", .link("x")),
                ("share/t", .text("a \(mark) b", placeholder: mark)), ("share/d", .directory),
                ("share/\u{1}\"\\\n\t é.txt", .file("", noLink: true)),
            ])
        let other = try PackageFixture.make("other", in: tree, [("share/x", .file("2"))])
        _ = try LinkPlan.create([python, pure, other], at: "\(tree.path)/env")
        let printed = try oracle(tree)
        let files = try #require(try PrefixState.read("\(tree.path)/env")?["pure"]).paths().map(\.path)
        let lines = printed.split(separator: "\n").map(String.init)
        #expect(lines.contains("python 3.11.2 ['bin/python3.11']"))
        #expect(lines.contains { $0.hasPrefix("pure 1.0") })
        #expect(lines.contains("requested ['pure >=1', 'pure']"))
        #expect(lines.contains("paths \(files.count)"))
    }

    private func oracle(_ tree: TestTree) throws -> String {
        try python(
            """
            import sys, glob
            from rattler import PrefixRecord
            for name in sorted(glob.glob(sys.argv[1] + "/conda-meta/*.json")):
                record = PrefixRecord.from_path(name)
                print(record.name.normalized, record.version, [str(f) for f in record.files])
                if record.name.normalized == "pure":
                    print("requested", list(record.requested_specs))
                    print("paths", len(record.paths_data.paths))
            """, ["\(tree.path)/env"])
    }

    @Test func readsOldShapes() throws {
        let tree = TestTree()
        try tree.write(
            "conda-meta/old-1.0-py27_0.json",
            #"{"build":"py27_0","build_number":0,"channel":"defaults","depends":[],"files":["a","b"],"name":"old","#
                + #""noarch":null,"requested_spec":"None","version":"1.0","track_features":"x,y","timestamp":1.5}"#)
        try tree.write("conda-meta/history", "")
        let record = try #require(try PrefixState.read(tree.path)?["old"])
        let head = try record.head()
        #expect(head.requestedSpecs.isEmpty && head.record.trackFeatures == ["x", "y"])
        #expect(head.record.channel == "defaults" && head.record.noarch == .none)
        #expect(try record.paths().map(\.path) == ["a", "b"])
    }

    @Test func headsOfOurOwnRecordsStopEarly() throws {
        let tree = TestTree()
        let package = try PackageFixture.make(
            "big", in: tree, requested: ["big"],
            (0..<3000).map { ("share/some/file_number_\($0).txt", .file("\($0)")) })
        _ = try LinkPlan.create([package], at: "\(tree.path)/env")
        let record = try #require(try PrefixState.read("\(tree.path)/env")?["big"])
        let head = try record.head()
        #expect(head.requestedSpecs == ["big"] && head.record == package.record && head.linkType == 1)
        #expect(head.extractedDirectory == package.source)
        #expect(try record.paths().count == 3000)
    }
}
