// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Testing

/// Version specs against conda's own answers.
@Suite(.enabled(if: TestData.isPresent, "test data is absent")) struct VersionSpecConformanceTests {
    @Test func matches() throws {
        var wrong: [String] = []
        for row in try TestData.table("conformance/versionspec_match.tsv") {
            let answer: String
            if let spec = try? VersionSpec(row[0]), let version = try? Version(row[1]) {
                answer = spec.matches(version) ? "1" : "0"
                let again = try VersionSpec(spec.description)
                if again != spec { wrong.append("print \(row[0]) \(spec)") }
            } else {
                answer = "error"
            }
            if answer != row[2] { wrong.append("\(row) \(answer)") }
        }
        #expect(wrong.isEmpty, "\(wrong.count): \(wrong.prefix(40))")
    }

    @Test func condaTables() throws {
        let tables = try TestData.object("conformance/conda_version_tables.json")
        let version = try Version("1.7.1")
        for row in try #require(tables["match_1.7.1"] as? [[Any]]) {
            let text = try #require(row[0] as? String)
            #expect(try VersionSpec(text).matches(version) == (row[1] as? Bool), "\(text)")
        }
        for row in try #require(tables["assertions"] as? [[String: Any]]) {
            let spec = try #require(row["spec"] as? String)
            let text = try #require(row["version"] as? String)
            #expect(try VersionSpec(spec).matches(Version(text)) == (row["match"] as? Bool), "\(spec) \(text)")
        }
    }
}
