// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Failures
import Testing

@testable import Engine

@Suite("How bad something is, and which versions it is in")
struct AdvisoryTests {
    /// Vectors, and the tenths of the score that the calculators of FIRST and NVD give.
    static let vectors: [(String, Int?)] = [
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 98),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 100),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 61),
        ("CVSS:3.0/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:N", 55),
        ("CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:H", 59),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L", 53),
        ("CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:N/I:N/A:N", 0),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:P/RL:O", 98),
        ("AV:N/AC:L/Au:N/C:P/I:P/A:P", 75),
        ("AV:N/AC:M/Au:N/C:N/I:P/A:N", 43),
        ("AV:N/AC:L/Au:N/C:C/I:C/A:C", 100),
        ("AV:L/AC:L/Au:N/C:C/I:C/A:C", 72),
        ("AV:N/AC:L/Au:N/C:N/I:N/A:N", 0),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 93),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", 100),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", 0),
        ("CVSS:5.0/AV:N", nil), ("", nil), ("high", nil),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H", nil),
        ("CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", nil),
        ("CVSS:3.1/AV:N/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", nil),
        ("CVSS:3.1/AV:N:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", nil),
    ]

    @Test(arguments: vectors)
    func vector(text: String, expected: Int?) { #expect(VectorScore.tenths(text) == expected) }

    static let severities: [(Int, Severity?)] = [
        (-1, nil), (0, .harmless), (1, .low), (39, .low), (40, .medium), (69, .medium), (70, .high), (89, .high),
        (90, .critical), (100, .critical), (101, nil),
    ]

    @Test(arguments: severities)
    func severity(tenths: Int, expected: Severity?) { #expect(Severity(tenths: tenths) == expected) }

    @Test(arguments: [
        ("HIGH", Severity.high), ("moderate", .medium), ("Medium", .medium), ("none", .harmless), ("LOW", .low),
        ("critical", .critical),
    ])
    func word(text: String, expected: Severity) {
        #expect(Severity(name: text) == expected)
        #expect(Severity(name: text + "er") == nil)
    }

    /// Versions of semver.org in their order (§11 of the specification, and what else counts).
    static let order = [
        "0", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11",
        "1.0.0-rc.1", "1", "1.0.1", "1.2", "1.10", "2.0.0-x-y", "2",
    ]

    @Test func semanticOrder() throws {
        let versions = try Self.order.map { try #require(SemanticVersion($0)) }
        for (place, left) in versions.enumerated() {
            for (other, right) in versions.enumerated() { #expect((left < right) == (place < other)) }
        }
        #expect(SemanticVersion("v1.0.0+build") == SemanticVersion("1"))
        #expect(SemanticVersion("1.0.0-a+x") == SemanticVersion("1.0-a"))
    }

    @Test(arguments: ["", "x", "1.2.3.4", "1..2", "1.2-", "1.2-a..b", "1.-2", "1.2-ü", "99999999999999999999"])
    func noSemanticVersion(text: String) { #expect(SemanticVersion(text) == nil) }

    /// Events of a range of python versions, a version, whether it is held, and what fixes it.
    static let ranges: [(String, String, Bool, String?)] = [
        (#"[{"introduced": "0"}, {"fixed": "1.5"}]"#, "1.0", true, "1.5"),
        (#"[{"introduced": "0"}, {"fixed": "1.5"}]"#, "1.5", false, nil),
        (#"[{"introduced": "0"}, {"fixed": "1.5"}]"#, "1.5rc1", true, "1.5"),
        (#"[{"introduced": "1.2"}, {"fixed": "1.5"}]"#, "1.1", false, "1.5"),
        (#"[{"introduced": "1.2"}, {"last_affected": "1.4"}]"#, "1.4", true, nil),
        (#"[{"introduced": "1.2"}, {"last_affected": "1.4"}]"#, "1.4.1", false, nil),
        (#"[{"introduced": "1"}, {"fixed": "2"}, {"introduced": "3"}, {"fixed": "4"}]"#, "2.5", false, "4"),
        (#"[{"introduced": "1"}, {"fixed": "2"}, {"introduced": "3"}, {"fixed": "4"}]"#, "3.5", true, "4"),
        (#"[{"fixed": "4"}, {"introduced": "3"}, {"fixed": "2"}, {"introduced": "1"}]"#, "1.5", true, "2"),
        (#"[{"introduced": "0"}, {"limit": "2"}]"#, "1", true, nil),
        (#"[{"introduced": "0"}, {"limit": "2"}]"#, "2", false, nil),
        (#"[{"introduced": "0"}, {"limit": "*"}]"#, "99", true, nil),
        ("[]", "1", false, nil),
    ]

    @Test(arguments: ranges)
    func range(events: String, version: String, isHeld: Bool, fix: String?) throws {
        let json = try JSON.parse(Array(#"{"type": "ECOSYSTEM", "events": \#(events)}"#.utf8), subject: "range")
        let range = try #require(AdvisoryRange(json, isPython: true))
        let version = try #require(AdvisoryVersion(version, isPython: true))
        #expect(range.contains(version) == isHeld && range.unreadable == nil)
        #expect(range.fix(after: version) == fix)
        #expect(AdvisoryRange(json, isPython: false) == nil, "the order of other ecosystems is not known")
    }

    @Test(arguments: [
        (#"{"type": "ECOSYSTEM", "events": [{"introduced": "x y"}]}"#, "x y"),
        (#"{"type": "ECOSYSTEM", "events": [{"introduced": 1.10}]}"#, "1.10"),
        (#"{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"limit": "?"}]}"#, "?"),
    ])
    func unreadable(text: String, expected: String) throws {
        let range = AdvisoryRange(try JSON.parse(Array(text.utf8), subject: "range"), isPython: true)
        #expect(range?.unreadable == expected)
    }

    /// What makes a document no advisory.
    @Test(arguments: [
        ("{}", "has no `id`"), (#"{"id": ""}"#, "has no `id`"), (#"{"id": "a b"}"#, "has an unusable `id`: a b"),
    ])
    func noAdvisory(text: String, reason: String) throws {
        let failure = try failure { try Advisory(Array(text.utf8), subject: "a.json") }
        #expect(failure.code == .parse && failure.subject == "a.json" && failure.reason == reason)
    }

    /// The part on a package, and why a version that it does not hold may be affected all the same.
    static let obstacles: [(String, String?)] = [
        (#"{"package": {"ecosystem": "PyPI", "name": "x"}, "versions": ["1"]}"#, nil),
        (
            #"{"package": {"ecosystem": "npm", "name": "x"}, "ranges": [{"type": "ECOSYSTEM", "events": []}]}"#,
            "versions of npm cannot be compared"
        ),
        (#"{"package": {"ecosystem": "npm", "name": "x"}, "ranges": [{"type": "SEMVER", "events": []}]}"#, nil),
        (
            #"{"package": {"ecosystem": "PyPI", "name": "x"}, "ranges": [{"type": "GIT", "events": []}]}"#,
            "A-1: it tells commits, not versions"
        ),
        (
            #"{"package": {"ecosystem": "PyPI", "name": "x"}, "ranges": [{"type": "MOON", "events": []}]}"#,
            "A-1: it has ranges of a kind that krait does not know"
        ),
        (#"{"package": {"ecosystem": "PyPI", "name": "x"}, "versions": ["1"], "ranges": [{"type": "GIT"}]}"#, nil),
    ]

    @Test(arguments: obstacles)
    func obstacle(affected: String, expected: String?) throws {
        let advisory = try Advisory(Array(#"{"id": "A-1", "affected": [\#(affected)]}"#.utf8), subject: "a.json")
        #expect(advisory.affected.map(\.obstacle) == [expected])
    }

    /// Where a severity is said, and which counts.
    static let says: [(String, Severity?)] = [
        (#"{"id": "A", "affected": [{"package": {"ecosystem": "PyPI", "name": "x"}}]}"#, nil),
        (
            #"{"id": "A", "database_specific": {"severity": "HIGH"}, "affected": [{"package": {"ecosystem": "PyPI", "name": "x"}}]}"#,
            .high
        ),
        (
            #"{"id": "A", "severity": [{"type": "CVSS_V2", "score": "AV:N/AC:L/Au:N/C:C/I:C/A:C"}], "database_specific": {"severity": "LOW"}, "affected": [{"package": {"ecosystem": "PyPI", "name": "x"}}]}"#,
            .critical
        ),
        (
            #"{"id": "A", "database_specific": {"severity": "HIGH"}, "affected": [{"package": {"ecosystem": "PyPI", "name": "x"}, "ecosystem_specific": {"severity": "LOW"}}]}"#,
            .low
        ),
    ]

    @Test(arguments: says)
    func severityOfAnAdvisory(text: String, expected: Severity?) throws {
        let advisory = try Advisory(Array(text.utf8), subject: "a.json")
        #expect(advisory.severity(try #require(advisory.affected.first)) == expected)
    }

    @Test func pythonNamesAreOne() {
        let one = AdvisoryKey(ecosystem: "PyPI", name: "Foo_Bar")
        #expect(one == AdvisoryKey(ecosystem: "PyPI", name: "foo-bar"))
        #expect(AdvisoryKey(ecosystem: "npm", name: "Foo") != AdvisoryKey(ecosystem: "npm", name: "foo"))
    }
}
