// SPDX-License-Identifier: BSD-3-Clause
import Archives
import Codecs
import Conda
import Failures
import Foundation
import Fuzzing
import Platform
import Testing

@testable import Packages

/// Mutations of packages: of the archive, and of the tar in it; `scripts/fuzz` runs them for longer.
@Suite struct ArchiveFuzzTests {
    private static let words = [
        "PK\u{3}\u{4}", "PK\u{1}\u{2}", "PK\u{5}\u{6}", "PK\u{7}\u{8}", "../", "/", "info/", ".tar.zst", "ustar",
        "\0\0\0\0",
        "7777777", "0000644", "_path", "path_type", "softlink", "prefix_placeholder", "file_mode", "{", "}", "[", "]",
        "\"",
        " 30 path=../x\n", "L", "K", "x", "5", "2", "1",
    ]

    /// The walk through the members, and what decompresses them.
    @Test func archives() throws {
        var archive = TestArchive.honest()
        archive.paths = Self.paths
        let report = try fuzz("archive", seeds: [archive.conda(), TestArchive.conda(package: [], information: [])]) {
            $0
        }
        #expect(report.findings.isEmpty)
    }

    /// Headers, names, links, and `paths.json`, `link.json`, `index.json` behind a sound compression.
    @Test func tars() throws {
        var archive = TestArchive.honest()
        archive.paths = Self.paths
        archive.link = #"{"noarch": {"type": "python", "entry_points": ["a = b:c"]}, "package_metadata_version": 1}"#
        archive.package.add("bin/link", type: "2", target: "tool")
        archive.package.add("bin/hard", type: "1", target: "bin/tool")
        archive.package.add("lib/\(String(repeating: "long", count: 30))", data: "x")
        let empty = try zstdCompress(TarBuilder().finished())
        let report = try fuzz("tar", seeds: [archive.wholeTar(), archive.informationTar()]) { (bytes) in
            try TestArchive.conda(package: zstdCompress(bytes), information: empty)
        }
        #expect(report.findings.isEmpty)
        #expect(report.accepted > 0)
    }

    private static let paths = """
        {"paths_version": 1, "paths": [{"_path": "bin/tool", "path_type": "hardlink", "file_mode": "text",
        "prefix_placeholder": "/opt/p", "sha256": "00", "size_in_bytes": 10}, {"_path": "lib/data.txt", "path_type": "hardlink"}]}
        """

    private func fuzz(
        _ name: String, seeds: [[UInt8]], _ package: ([UInt8]) throws -> [UInt8]
    ) throws -> FuzzReport {
        let temporary = TemporaryDirectory()
        let path = temporary / "archive"
        return try Fuzzer(name, seeds: seeds, words: Self.words).run(rounds: 500) { (input, _) in
            try Data(package(input)).write(to: URL(fileURLWithPath: path))
            let expected = ExpectedArchive()
            do throws(Failure) {
                let extractor = PackageExtractor(into: TarSink(), subject: "fuzz")
                _ = try extractor.extract(
                    PackageSource.file(path).open(expected, subject: "fuzz"), format: .conda, expected: expected,
                    spoolDirectory: temporary.path)
                return .accepted
            } catch {
                return .refused
            }
        }
    }
}
