// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Foundation
import Testing

@testable import Repodata

/// Every record of real documents, compared with what a plain JSON reader finds in them.
@Suite(.enabled(if: testData != nil, "the real data is absent")) struct RepodataCorpusTests {
    @Test(arguments: [
        "repodata/conda-subchannel-demo/linux-64/repodata.json", "repodata/conda-subchannel-demo/noarch/repodata.json",
        "repodata/conda-forge-all/noarch/repodata.json.zst", "repodata/conda-tests/index5.json.zst",
        "rattler-test-data/channels/dummy/linux-64/repodata.json",
    ])
    func everyRecordIsWhatThePlainReaderFinds(path: String) throws {
        let file = try #require(testData?.appendingPathComponent(path))
        var bytes = Array(try Data(contentsOf: file))
        if path.hasSuffix(".zst") { bytes = try zstdDecompress(bytes, subject: path, limit: 1 << 30) }
        var json = try JSON.parse(bytes, subject: path)
        // conda's solver fixtures are the bare map of old records.
        if json["packages"] == nil, json["packages.conda"] == nil {
            json = ["packages": json]
            bytes = json.serialized()
        }
        let index = try index(of: bytes, windowSize: 100_000)
        let loaded = try load(index)
        var found = 0
        var rows: [String: Int] = [:]
        for row in loaded.table.rows.indices { rows[try loaded.record(row).fileName] = row }
        let all = (json["packages"]?.object ?? []) + (json["packages.conda"]?.object ?? [])
        let twins = Set(all.map(\.key).filter { $0.hasSuffix(".conda") }.map { $0.dropLast(6) })
        for kind in ["packages", "packages.conda"] {
            for member in json[kind]?.object ?? [] {
                if member.key.hasSuffix(".tar.bz2"), twins.contains(member.key.dropLast(8)) {
                    #expect(rows[member.key] == nil)
                    continue
                }
                guard let row = rows[member.key] else {
                    Issue.record("\(member.key) is missing")
                    continue
                }
                found += 1
                let record = try loaded.record(row)
                let json = member.value
                let isSame =
                    record.name == json["name"]?.string && record.version == json["version"]?.string
                    && record.build == json["build"]?.string && record.buildNumber == json["build_number"]?.unsigned
                    && record.depends == json["depends"]?.strings ?? []
                    && record.constrains == json["constrains"]?.strings ?? []
                    && record.sha256?.hex == json["sha256"]?.string && record.md5?.hex == json["md5"]?.string
                    && record.size == json["size"]?.unsigned && record.timestamp == json["timestamp"]?.unsigned
                    && record.license == json["license"]?.string
                    && record.licenseFamily == json["license_family"]?.string
                #expect(isSame, "\(member.key)")
                let known: Set = [
                    "name", "version", "build", "build_number", "depends", "constrains", "sha256", "md5", "size",
                    "timestamp",
                    "license", "license_family", "subdir", "noarch", "track_features", "fn", "url", "channel",
                    "python_site_packages_path", "flags", "indexed_timestamp",
                ]
                let others = (json.object ?? []).filter { !known.contains($0.key) }
                if others != record.otherKeys { Issue.record("\(member.key): other keys \(record.otherKeys)") }
            }
        }
        #expect(found == loaded.table.rows.count)
        #expect(index.counts.skipped == 0)
    }

    @Test func wheelsAreCountedAsHidden() throws {
        let file = try #require(
            testData?.appendingPathComponent("rattler-test-data/channels/with-wheels/noarch/repodata.json"))
        let index = try index(of: Array(Data(contentsOf: file)))
        #expect(index.counts.hidden > 0)
        #expect(index.counts.records > 0)
    }
}
