// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Foundation
import Testing

/// Real records read, written, and read again.
@Suite(.enabled(if: TestData.isPresent, "test data is absent")) struct RecordCorpusTests {
    @Test func condaMeta() throws {
        var count = 0
        for file in Self.files(in: "rattler-test-data") + Self.files(in: "packages") {
            let bytes = try [UInt8](Data(contentsOf: file))
            guard !file.lastPathComponent.hasPrefix("corrupt"), !file.lastPathComponent.hasPrefix("._") else {
                #expect(throws: (any Error).self) { try Self.read(bytes, file.path) }
                continue
            }
            let record = try Self.read(bytes, file.path)
            let again = try Self.read(record.json.serialized(indent: 2), file.path)
            #expect(again == record, "\(file.path)")
            #expect(record.fileName == file.lastPathComponent)
            // Nothing that the file says is lost.
            let before = try Self.keys(JSON.parse(bytes, subject: file.path))
            let after = Self.keys(record.json)
            #expect(
                before.subtracting(["requested_spec", "noarch", "track_features"]).isSubset(of: after),
                "\(before.subtracting(after)) \(file.path)")
            count += 1
        }
        #expect(count > 40)
    }

    @Test func tolerated() throws {
        let text = """
            {"name": "x", "version": "1", "build": "0", "build_number": 18446744073709551615, "noarch": true,
             "track_features": "a, b", "md5": null, "url": "https://u:p@h/t/k/c/noarch/x-1-0.conda",
             "requested_spec": "None", "new_key": {"z": 1.50}}
            """
        let record = try Self.read(Array(text.utf8), "test")
        #expect(record.package.noarch == .generic)
        #expect(record.package.trackFeatures == ["a", "b"])
        #expect(record.package.buildNumber == .max)
        #expect(record.package.url == "https://h/c/noarch/x-1-0.conda")
        #expect(record.requestedSpecs.isEmpty && record.paths == nil)
        #expect(record.package.otherKeys == [JSONMember("new_key", .object([JSONMember("z", .number("1.50"))]))])
        for bad in [
            "[]", "{}", #"{"name": "x"}"#,
            #"{"name":"x","version":"1","build":"0","paths_data":{"paths":[{"_path":"../x"}]}}"#,
        ] {
            #expect(throws: Failure.self, "\(bad)") { try Self.read(Array(bad.utf8), "test") }
        }
    }

    private static func read(_ bytes: [UInt8], _ subject: String) throws -> PrefixRecord {
        try PrefixRecord(json: JSON.parse(bytes, subject: subject), subject: subject)
    }

    private static func keys(_ json: JSON) -> Set<String> { Set((json.object ?? []).map(\.key)) }

    private static func files(in folder: String) -> [URL] {
        let root = TestData.root.appendingPathComponent(folder)
        let all = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)?.allObjects as? [URL] ?? []
        return all.filter {
            $0.deletingLastPathComponent().lastPathComponent == "conda-meta" && $0.pathExtension == "json"
        }
        .sorted { $0.path < $1.path }
    }
}
