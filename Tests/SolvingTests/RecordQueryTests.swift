// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Testing

@testable import Solving

/// What `search` and `repoquery` find, without a channel around it.
@Suite struct RecordQueryTests {
    private let query: RecordQuery = {
        var builder = ChannelBuilder()
        let main = builder.channel("main")
        let other = builder.channel("other")
        builder.add("alpha 1.9 0", depends: ["beta >=1"], channel: main)
        builder.add("alpha 1.10 0", depends: ["beta >=2", "__unix"], channel: main)
        builder.add("alpha 1.10 1", depends: ["beta >=2", "__unix"], channel: main)
        builder.add("alpha 1.11 0", trackFeatures: ["old"], channel: other)
        builder.add("beta 1.0", channel: main)
        builder.add("beta 2.0", depends: ["gamma"], channel: main, noarch: .generic)
        builder.add("gamma 1.0", depends: ["alpha", "Beta 2.*"], subdir: "noarch", channel: main)
        builder.add("delta 1.0", depends: ["beta <2", "nowhere"], channel: main)
        builder.add("epsilon 1.0", depends: ["main::beta 2.*"], channel: other)
        builder.finish()
        return RecordQuery(builder.table)
    }()

    private func names(_ rows: [Int]) -> [String] {
        rows.map { row in
            let candidate = query.table.rows[row]
            return "\(query.title(row)) \(query.table.strings[candidate.build])"
        }
    }

    /// A line for each node, two spaces deeper each step.
    private func lines(_ tree: QueryTree, _ depth: Int = 0) -> [String] {
        let row = tree.row.map { query.title($0) } ?? "-"
        let mark = tree.isRepeated ? " (above)" : ""
        return [String(repeating: "  ", count: depth) + "\(tree.text): \(row)\(mark)"]
            + tree.children.flatMap { lines($0, depth + 1) }
    }

    @Test(arguments: [
        ("alpha", ["alpha 1.11 0", "alpha 1.10 1", "alpha 1.10 0", "alpha 1.9 0"]), ("alpha<1.10", ["alpha 1.9 0"]),
        ("alpha=1.10=1", ["alpha 1.10 1"]), ("ALPHA[build_number=1]", ["alpha 1.10 1"]),
        ("other::alpha", ["alpha 1.11 0"]), ("*[subdir=noarch]", ["gamma 1.0 0"]),
        ("^[bg].*$", ["beta 2.0 0", "beta 1.0 0", "gamma 1.0 0"]),
        ("nothing", []), ("alpha >=2", []),
    ])
    func rowsThatAnswer(spec: String, expected: [String]) throws {
        #expect(names(query.rows(matching: try MatchSpec(spec))) == expected)
    }

    @Test func dependsOneStep() throws {
        let tree = try #require(query.depends(on: try MatchSpec("alpha"), recursive: false))
        // The one without features, though it is older.
        #expect(lines(tree) == ["alpha 1.10: alpha 1.10", "  beta >=2: beta 2.0", "  __unix: -"])
        #expect(query.depends(on: try MatchSpec("nothing"), recursive: true) == nil)
    }

    @Test func dependsAsDeepAsItIs() throws {
        let tree = try #require(query.depends(on: try MatchSpec("alpha"), recursive: true))
        #expect(
            lines(tree) == [
                "alpha 1.10: alpha 1.10", "  beta >=2: beta 2.0", "    gamma: gamma 1.0",
                "      alpha: alpha 1.10 (above)",
                "      Beta 2.*: beta 2.0 (above)", "  __unix: -",
            ])
        #expect(names(tree.rows) == ["beta 2.0 0", "gamma 1.0 0", "alpha 1.10 1"])
    }

    @Test func whoNeedsOneStep() throws {
        let newest = try #require(query.whoNeeds(try MatchSpec("beta"), recursive: false))
        #expect(
            lines(newest) == [
                "beta 2.0: beta 2.0", "  alpha 1.10: alpha 1.10", "  epsilon 1.0: epsilon 1.0",
                "  gamma 1.0: gamma 1.0",
            ])
        let older = try #require(query.whoNeeds(try MatchSpec("beta<2"), recursive: false))
        #expect(names(older.rows) == ["alpha 1.9 0", "delta 1.0 0"])
    }

    @Test func whoNeedsAsFarAsItGoes() throws {
        let tree = try #require(query.whoNeeds(try MatchSpec("gamma"), recursive: true))
        #expect(
            lines(tree) == [
                "gamma 1.0: gamma 1.0", "  beta 2.0: beta 2.0", "    alpha 1.10: alpha 1.10",
                "      gamma 1.0: gamma 1.0 (above)", "    epsilon 1.0: epsilon 1.0",
                "    gamma 1.0: gamma 1.0 (above)",
            ])
    }

    @Test func whoNeedsWhatNobodyHas() throws {
        let tree = try #require(query.whoNeeds(try MatchSpec("nowhere"), recursive: false))
        #expect(tree.row == nil && names(tree.rows) == ["delta 1.0 0"])
        #expect(query.whoNeeds(try MatchSpec("nothing"), recursive: false) == nil)
    }

    @Test func everyRowThatNeeds() throws {
        #expect(
            names(query.rowsNeeding(try MatchSpec("beta"))) == [
                "alpha 1.10 1", "alpha 1.10 0", "alpha 1.9 0", "epsilon 1.0 0", "gamma 1.0 0",
            ])
    }

    @Test func environmentsAreAskedAlike() throws {
        var record = PackageRecord(
            name: "beta", version: "2.0", build: "0", buildNumber: 0, subdir: "noarch", fileName: "beta-2.0-0.conda",
            url: "https://x.example/c/noarch/beta-2.0-0.conda", channel: "https://x.example/c")
        record.depends = ["gamma"]
        var other = record
        other.name = "alpha"
        other.depends = ["beta >=2"]
        let query = RecordQuery(installed: [record, other])
        #expect(query.rows(matching: try MatchSpec("beta")) == [0])
        #expect(query.whoNeeds(try MatchSpec("beta"), recursive: false)?.rows == [1])
        #expect(query.depends(on: try MatchSpec("beta"), recursive: true)?.children.first?.row == nil)
    }
}
