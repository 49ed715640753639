// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Foundation
import Testing

/// Versions against conda's own answers.
@Suite(.enabled(if: TestData.isPresent, "test data is absent")) struct VersionConformanceTests {
    @Test func pairs() throws {
        var wrong: [String] = []
        for row in try TestData.table("conformance/version_pairs.tsv") {
            let left = try Version(row[0])
            let right = try Version(row[2])
            let relation = left < right ? "<" : left > right ? ">" : "="
            let expected = row[1] == "==" ? "=" : row[1]
            if relation != expected || (left == right) != (expected == "=") { wrong.append("order \(row)") }
            if left == right, left.hashValue != right.hashValue { wrong.append("hash \(row)") }
            if left.startsWith(right) != (row[3] == "1") { wrong.append("startsWith \(row)") }
        }
        #expect(wrong.isEmpty, "\(wrong.count): \(wrong.prefix(20))")
    }

    @Test func sorted() throws {
        let lines = try TestData.lines("conformance/versions_sorted.txt")
        let groups = try lines.filter { !$0.isEmpty }.map {
            try $0.split(whereSeparator: \.isWhitespace).map { try Version(String($0)) }
        }
        var wrong: [String] = []
        for (index, group) in groups.enumerated() {
            for version in group where version != group[0] { wrong.append("\(version) ≠ \(group[0])") }
            if index > 0, !(groups[index - 1][0] < group[0]) { wrong.append("\(groups[index - 1][0]) ≥ \(group[0])") }
        }
        #expect(wrong.isEmpty, "\(wrong.count): \(wrong.prefix(20))")
        let shuffled = groups.flatMap(\.self).shuffled()
        let keys = groups.flatMap(\.self).map { $0 }
        #expect(shuffled.sorted() == keys)
    }

    @Test func parsedForms() throws {
        var wrong: [String] = []
        for row in try TestData.objects("conformance/version_parse.jsonl") {
            let text = try #require(row["v"] as? String)
            let parts = try Version(text).parts
            let main = (row["parsed"] as? [[Any]] ?? []).map { $0.map(Self.form) }
            let local = (row["local"] as? [[Any]] ?? []).map { $0.map(Self.form) }
            if parts.main.map({ $0.map(Self.form) }) != main || parts.local.map({ $0.map(Self.form) }) != local {
                wrong.append("\(text): \(parts)")
            }
        }
        #expect(wrong.isEmpty, "\(wrong.count): \(wrong.prefix(20))")
    }

    @Test func invalid() throws {
        var accepted: [String] = []
        for row in try TestData.table("conformance/version_invalid.tsv") {
            let text = try JSONDecoder().decode(String.self, from: Data(row[0].utf8))
            if (try? Version(text)) != nil { accepted.append(text) }
        }
        #expect(accepted.isEmpty, "\(accepted)")
    }

    @Test func condaTables() throws {
        let tables = try TestData.object("conformance/conda_version_tables.json")
        for (name, list) in try #require(tables["ascending"] as? [String: [String]]) {
            let versions = try list.map { try Version($0) }
            for (left, right) in zip(versions, versions.dropFirst()) { #expect(left <= right, "\(name)") }
        }
        for row in try #require(tables["parse"] as? [[Any]]) {
            let text = try #require(row[0] as? String)
            let main = try #require(row[1] as? [[Any]]).map { $0.map(Self.form) }
            #expect(try Version(text).parts.main.map { $0.map(Self.form) } == main)
        }
        for text in try #require(tables["invalid_versions"] as? [String]) {
            #expect(throws: (any Error).self) { try Version(text) }
        }
    }

    /// conda writes `DEV` and infinity for the two words with a meaning.
    private static func form(_ piece: Version.Piece) -> String {
        switch piece {
        case .number(let digits): digits
        case .word(let word): word
        case .dev: "DEV"
        case .post: "inf"
        }
    }

    private static func form(_ value: Any) -> String {
        if let number = value as? NSNumber { return number.stringValue }
        return value as? String ?? "?"
    }
}
