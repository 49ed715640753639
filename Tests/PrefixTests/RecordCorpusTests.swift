// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Foundation
import Platform
import Testing

@testable import Prefix

/// Real conda-meta records read, written, and read again, by what reads and writes those of environments.
@Suite(.enabled(if: testData != nil, "no test data")) struct RecordCorpusTests {
    @Test func condaMeta() throws {
        var count = 0
        for file in try Self.files(in: "rattler-test-data") + Self.files(in: "packages") {
            let bytes = try readFile(file)
            let name = try #require(file.split(separator: "/").last)
            guard !name.hasPrefix("corrupt"), !name.hasPrefix("._") else {
                #expect(throws: (any Error).self) { try Self.head(bytes, file) }
                continue
            }
            let head = try Self.head(bytes, file)
            let written = Self.written(head)
            let again = try Self.head(written, file)
            #expect(again.record == head.record && again.requestedSpecs == head.requestedSpecs, "\(file)")
            #expect(head.record.distribution + ".json" == name)
            // Nothing that the file says is lost.
            let before = try Self.keys(bytes, file).subtracting(RecordText.installedKeys)
            let after = try Self.keys(written, file)
            #expect(
                before.subtracting(["noarch", "track_features"]).isSubset(of: after),
                "\(before.subtracting(after)) \(file)")
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
        let head = try Self.head(Array(text.utf8), "test")
        #expect(head.record.noarch == .generic && head.record.trackFeatures == ["a", "b"])
        #expect(head.record.buildNumber == .max)
        #expect(head.record.url == "https://h/c/noarch/x-1-0.conda")
        #expect(head.requestedSpecs.isEmpty)
        #expect(head.record.otherKeys == [JSONMember("new_key", .object([JSONMember("z", .number("1.50"))]))])
        for bad in ["[]", "{}", #"{"name": "x"}"#, #"{"name": "../x", "version": "1", "build": "0"}"#] {
            #expect(throws: Failure.self, "\(bad)") { try Self.head(Array(bad.utf8), "test") }
        }
    }

    /// Every field of its own is written and read by the one table of them, in conda-meta and elsewhere.
    @Test func everyField() throws {
        var record = PackageRecord(
            name: "n", version: "1", build: "b", buildNumber: 7, subdir: "noarch", fileName: "n-1-b.conda",
            url: "https://h/c/noarch/n-1-b.conda", channel: "https://h/c")
        let examples: [RecordField: JSON] = [
            .depends: .array([.string("a")]), .constrains: .array([.string("c")]), .trackFeatures: .string("t u"),
            .flags: .array([.string("cuda")]), .noarch: .string("python"), .license: .string("MIT"),
            .licenseFamily: .string("MIT"), .md5: .string(String(repeating: "ab", count: 16)),
            .sha256: .string(String(repeating: "cd", count: 32)), .size: .integer(9), .timestamp: .integer(10),
            .pythonSitePackagesPath: .string("lib/p"),
        ]
        for (field, value) in examples { record.set(field, value) }
        for field in RecordField.allCases { #expect(record.value(of: field) != nil, "\(field)") }
        let head = PrefixRecord(record: record)
        #expect(try Self.head(Self.written(head), "test").record == record)
        #expect(try PackageRecord(json: record.json, subject: "test") == record)
    }

    private static func head(_ bytes: [UInt8], _ subject: String) throws -> PrefixRecord {
        try bytes.withUnsafeBytes { try RecordReader.head($0, subject) }
    }

    private static func written(_ head: PrefixRecord) -> [UInt8] {
        var text = RecordText(capacity: 1000)
        text.raw("{\n")
        text.fields(of: head.record)
        text.requested(head.requestedSpecs)
        text.raw("  \"files\": []}")
        return text.bytes
    }

    private static func keys(_ bytes: [UInt8], _ subject: String) throws -> Set<String> {
        Set((try JSON.parse(bytes, subject: subject).object ?? []).map(\.key))
    }

    private static func files(in folder: String) throws -> [String] {
        let root = try #require(testData) + "/" + folder
        let all = FileManager.default.enumerator(atPath: root)?.allObjects as? [String] ?? []
        return all.filter { $0.hasSuffix(".json") && $0.contains("conda-meta/") }.sorted().map { root + "/" + $0 }
    }
}
