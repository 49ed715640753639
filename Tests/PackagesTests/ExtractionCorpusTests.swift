// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Foundation
import Platform
import Testing

@testable import Packages

/// Every real archive extracts to the tree that conda-package-streaming makes, or is refused with a reason.
@Suite struct ExtractionCorpusTests {
    @Test func corpusExtractsAsCondaPackageStreaming() throws {
        try #require(TestPlaces.hasPackages, "no test data at \(TestPlaces.data): set KRAIT_TEST_DATA")
        try #require(TestPlaces.python != nil, "no .venv with conda-package-streaming: run scripts/setup")
        let archives = TestPlaces.archives(below: TestPlaces.data + "/packages")
        let counts = try compare(archives)
        print("corpus: \(archives.count) archives, \(counts.equal) equal, \(counts.refused) refused")
        #expect(counts.equal + counts.refused == archives.count)
        #expect(counts.equal > archives.count * 9 / 10)
    }

    @Test func localChannelCorpusExtractsAsCondaPackageStreaming() throws {
        let channel =
            URL(fileURLWithPath: TestPlaces.packageRoot + "/Sources").resolvingSymlinksInPath()
            .deletingLastPathComponent().path + "/.build-channel"
        // The big ones add minutes and nothing else.
        let archives = TestPlaces.archives(below: channel).filter {
            ((try? FileSystem.status($0))??.size ?? 0) < 400_000
        }
        guard !archives.isEmpty, TestPlaces.python != nil else { return print("skipped: no .build-channel") }
        let counts = try compare(archives)
        print("local channel: \(archives.count) archives, \(counts.equal) equal, \(counts.refused) refused")
        #expect(counts.equal == archives.count)
    }

    private func compare(_ archives: [String]) throws -> (equal: Int, refused: Int) {
        let temporary = TemporaryDirectory()
        let output = try TestPlaces.runPython(
            Self.oracle, [temporary / "oracle"], input: Array(archives.joined(separator: "\n").utf8))
        let verdicts = String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
        try #require(verdicts.count == archives.count)
        var equal = 0
        var refused = 0
        for (index, archive) in archives.enumerated() {
            let place = temporary / "ours-\(index)"
            let mine: String?
            do throws(Failure) {
                _ = try PackageUnpacker().unpack(record(archive), from: .file(archive), to: place)
                mine = nil
            } catch {
                mine = error.reason
                #expect(error.code == .integrity, "\(archive): \(error)")
                #expect(!FileManager.default.fileExists(atPath: place), "\(archive) left something behind")
            }
            if let mine {
                refused += 1
                print("refused: \((archive as NSString).lastPathComponent): \(mine); oracle: \(verdicts[index])")
                continue
            }
            guard verdicts[index] == "ok" else {
                print("only ours: \((archive as NSString).lastPathComponent); oracle: \(verdicts[index])")
                equal += 1
                continue
            }
            let ours = describeTree(place) { $0 == ".krait" || $0 == "info/repodata_record.json" }
            let theirs = describeTree(temporary / "oracle/\(index)") { $0 == "info/repodata_record.json" }
            let differing = Set(ours.keys).union(theirs.keys).filter { ours[$0] != theirs[$0] }
            #expect(
                differing.isEmpty,
                "\(archive): \(differing.sorted().prefix(5).map { "\($0): \(ours[$0] ?? "-") / \(theirs[$0] ?? "-")" })"
            )
            if differing.isEmpty { equal += 1 }
            try? FileSystem.removeTree(place)
        }
        return (equal, refused)
    }

    private func record(_ archive: String) -> PackageRecord {
        let name = (archive as NSString).lastPathComponent
        var record = PackageRecord(
            name: "test", version: "1", build: "0", subdir: "noarch", fileName: name, url: "file://\(archive)",
            channel: "test")
        record.size = UInt64((try? FileManager.default.attributesOfItem(atPath: archive)[.size] as? Int) ?? 0)
        record.sha256 = sha256(of: [UInt8](FileManager.default.contents(atPath: archive) ?? Data()))
        return record
    }

    private static let oracle = """
        import os, sys, warnings
        warnings.simplefilter("ignore")
        from conda_package_streaming import extract
        base = sys.argv[2]
        for index, path in enumerate(open(sys.argv[1]).read().split("\\n")):
            target = os.path.join(base, str(index))
            os.makedirs(target)
            try:
                extract.extract(path, dest_dir=target)
                print("ok")
            except BaseException as error:
                print(type(error).__name__, str(error).replace("\\n", " ")[:100])
        """
}
