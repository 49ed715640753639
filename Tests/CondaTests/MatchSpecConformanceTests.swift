// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Foundation
import Testing

/// Match specs against the answers of conda and rattler.
@Suite(.enabled(if: TestData.isPresent, "test data is absent")) struct MatchSpecConformanceTests {
    @Test func matches() throws {
        var wrong: [String] = []
        for row in try TestData.table("conformance/matchspec_match.tsv") {
            let number = try #require(UInt64(row[3]))
            let answer: String
            if let spec = try? MatchSpec(row[0]), let version = try? Version(row[1]) {
                answer = spec.matches(version: version, build: row[2], buildNumber: number) ? "1" : "0"
            } else {
                answer = "error"
            }
            if answer != row[4].prefix(answer.count) { wrong.append("\(row) \(answer)") }
        }
        #expect(wrong.isEmpty, "\(wrong.count): \(wrong.prefix(40))")
    }

    /// Where conda and rattler say the same, so do we; every other row has a decision with the rule that made it.
    @Test func parsedForms() throws {
        var report = DecisionReport()
        var wrong: [String] = []
        for row in try TestData.objects("conformance/matchspec_parse.jsonl") {
            let peers = PeerAnswers(row)
            let ours = try? MatchSpec(peers.spec)
            if let problem = peers.disagreement(with: ours) { wrong.append(problem) }
            report.add(peers, ours)
        }
        #expect(wrong.isEmpty, "\(wrong.count):\n\(wrong.prefix(60).joined(separator: "\n"))")
        if ProcessInfo.processInfo.environment["KRAIT_WRITE_DECISIONS"] != nil {
            let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appendingPathComponent("matchspec-decisions.md")
            try report.text.write(to: file, atomically: true, encoding: .utf8)
        }
    }

    /// Dependencies read from bytes are what the long way makes of them.
    @Test func dependenciesFromBytes() throws {
        var wrong: [String] = []
        for row in try TestData.objects("conformance/matchspec_parse.jsonl") {
            let text = row["spec"] as? String ?? ""
            let long = try? MatchSpec(text)
            let short = Array(text.utf8).withUnsafeBytes { try? MatchSpec(dependency: $0) }
            if long != short { wrong.append("\(text): \(String(describing: long)) \(String(describing: short))") }
        }
        #expect(wrong.isEmpty, "\(wrong.count): \(wrong.prefix(20))")
    }

    /// What is printed reads back to an equal spec, and prints the same again.
    @Test func printedForms() throws {
        var wrong: [String] = []
        for row in try TestData.objects("conformance/matchspec_parse.jsonl") {
            guard let spec = try? MatchSpec(row["spec"] as? String ?? "") else { continue }
            let again = try? MatchSpec(spec.description)
            if again != spec || again?.description != spec.description { wrong.append("\(spec)") }
        }
        #expect(wrong.isEmpty, "\(wrong.count): \(wrong.prefix(20))")
    }
}

/// One row of the table: what conda and rattler make of a spec.
struct PeerAnswers {
    let spec: String
    /// conda's canonical text, nil where it refuses the spec.
    let conda: String?
    /// rattler's canonical text in lenient mode, nil where it refuses the spec.
    let rattler: String?
    /// Our reading of both texts; a text that we refuse counts as not understood, never as equal.
    let condaSpec: MatchSpec?
    let rattlerSpec: MatchSpec?
    /// conda's fields as texts.
    let fields: [String: String]

    init(_ row: [String: Any]) {
        spec = row["spec"] as? String ?? ""
        conda = row["str"] as? String
        rattler = row["rattler_lenient"] as? String
        condaSpec = conda.flatMap { try? MatchSpec($0) }
        rattlerSpec = rattler.flatMap { try? MatchSpec($0) }
        fields = (row["fields"] as? [String: Any] ?? [:]).compactMapValues { $0 as? String }
    }

    /// Both refuse it, or both take it and mean the same.
    var agree: Bool {
        if conda == nil, rattler == nil { return true }
        guard let condaSpec, let rattlerSpec else { return false }
        return condaSpec == rattlerSpec
    }

    /// How we differ from what both say, nil if we do not or they do not agree.
    func disagreement(with ours: MatchSpec?) -> String? {
        guard agree else { return nil }
        guard let conda else { return ours.map { "accepted `\(spec)` as \($0)" } }
        guard let ours else { return "refused `\(spec)`, conda: \(conda)" }
        let pairs: [(String, String?)] = [
            ("name", ours.name.text), ("build", ours.build?.text), ("subdir", ours.subdir?.text),
            ("build_number", ours.buildNumber?.description), ("md5", ours.details.md5),
        ]
        for (key, value) in pairs where fields[key] != value {
            return "`\(spec)`: \(key) is \(value ?? "nil"), conda: \(fields[key] ?? "nil")"
        }
        let version = fields["version"].flatMap { try? VersionSpec($0) }
        if (version?.isAny == true ? nil : version) != ours.version {
            return "`\(spec)`: version is \(ours.version?.text ?? "nil"), conda: \(fields["version"] ?? "nil")"
        }
        if ours != condaSpec { return "`\(spec)` read as \(ours), conda: \(conda)" }
        if ours.description != conda, DecisionReport.printingRule(ours, conda) == nil {
            return "`\(spec)` printed as \(ours), conda: \(conda)"
        }
        return nil
    }
}
