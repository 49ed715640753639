// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures
import Manifests
import Platform
import Scenes
import Testing

@testable import Engine

@Suite("Audits of environments and locks")
struct AuditTests {
    /// A package with the metadata of a python package.
    private static func python(_ name: String, _ version: String) -> TestPackage {
        TestPackage(
            "\(name) \(version)", ["python"],
            files: [
                "lib/python3.12/site-packages/\(name)-\(version).dist-info/METADATA":
                    "Metadata-Version: 2.1\nName: \(name)\nVersion: \(version)\n"
            ])
    }

    private static func scene() throws -> Scene {
        let scene = try Scene([
            TestPackage("python 3.12.0").with { $0.subdir = "linux-64" }, python("foo", "1.0"), python("foo", "1.5"),
            python("bar", "2.0"), TestPackage("native 1.0").with { $0.subdir = "linux-64" },
        ])
        try scene.write(
            "osv/a.json",
            #"""
            {"id": "GHSA-1", "aliases": ["CVE-1"], "summary": "a hole", "database_specific": {"severity": "HIGH"},
             "affected": [{"package": {"ecosystem": "PyPI", "name": "Foo"},
              "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.5"}]}]}]}
            """#)
        try scene.write(
            "osv/deep/b.json",
            #"""
            {"id": "PYSEC-1", "aliases": ["CVE-1"], "affected": [{"package": {"ecosystem": "PyPI", "name": "foo"},
              "versions": ["1.0"]}]}
            """#)
        try scene.write(
            "osv/c.json",
            #"""
            {"id": "GHSA-2", "database_specific": {"severity": "LOW"},
             "affected": [{"package": {"ecosystem": "PyPI", "name": "bar"}, "versions": ["2.0"]}]}
            """#)
        try scene.change(.create, ["foo=1.0", "bar", "native"])
        return scene
    }

    private static func audit(_ scene: Scene, _ change: (inout Audit.Request) -> Void = { _ in }) throws -> Audit {
        var request = Audit.Request()
        request.prefix = scene.prefix()
        request.database = "osv"
        change(&request)
        return try Audit(request, context: scene.context())
    }

    @Test func findings() throws {
        let audit = try Self.audit(try Self.scene())
        #expect(
            audit.findings.map { "\($0.package.name) \($0.version) \($0.id)" } == ["foo 1.0 PYSEC-1", "bar 2.0 GHSA-2"])
        let first = audit.findings[0]
        #expect(first.aliases.sorted() == ["CVE-1", "GHSA-1"], "records that are aliases of each other are one")
        #expect(first.severity == .high && first.fixed == ["1.5"] && first.summary == "a hole")
        #expect(audit.checkedCount == 2)
        #expect(
            audit.unchecked.map { "\($0.package.name): \($0.reason)" }.contains("native: it installs no python package")
        )
        #expect(!audit.checkedNothing && audit.warnings.isEmpty)
    }

    @Test(arguments: [(Severity.low, true), (.medium, true), (.high, true), (.critical, false)])
    func levels(level: Severity, reaches: Bool) throws {
        #expect(try Self.audit(try Self.scene()).reaches(level) == reaches)
    }

    @Test func fixedVersionsAreNotFound() throws {
        let scene = try Self.scene()
        try scene.change(.update, ["foo"])
        let audit = try Self.audit(scene)
        #expect(audit.findings.map(\.id) == ["GHSA-2"])
    }

    /// Rules, the ids that are left, the ignored ones, and a warning.
    static let rules: [(String, [String], [String], String?)] = [
        ("{id: GHSA-1, reason: r, expires: 2999-01-01}", ["GHSA-2"], ["PYSEC-1"], nil),
        ("{id: CVE-1, reason: r, expires: 2999-01-01}", ["GHSA-2"], ["PYSEC-1"], nil),
        (
            "{id: GHSA-1, reason: r, expires: 2020-01-01}", ["PYSEC-1", "GHSA-2"], [],
            "GHSA-1 was ignored until 2020-01-01 and counts again"
        ),
        (
            "{id: GHSA-1, reason: r, expires: 2999-01-01, package: bar}", ["PYSEC-1", "GHSA-2"], [],
            "GHSA-1 is ignored and was not found"
        ),
        ("{id: GHSA-1, reason: r, expires: 2999-01-01, package: Foo}", ["GHSA-2"], ["PYSEC-1"], nil),
        (
            "{id: GHSA-9, reason: r, expires: 2999-01-01}", ["PYSEC-1", "GHSA-2"], [],
            "GHSA-9 is ignored and was not found"
        ),
    ]

    @Test(arguments: rules)
    func ignored(rule: String, left: [String], ignored: [String], warning: String?) throws {
        let scene = try Self.scene()
        try scene.write("ignore.yml", "ignore:\n- \(rule)\n")
        let audit = try Self.audit(scene) { $0.ignore = "ignore.yml" }
        #expect(audit.findings.map(\.id) == left && audit.ignored.map(\.id) == ignored)
        #expect(audit.warnings == [warning].compactMap { $0 })
    }

    /// What cannot be a file of rules.
    static let badRules: [(String, String)] = [
        ("ignore:\n- {id: A, reason: r}\n", "expected `expires:`"),
        ("ignore:\n- {id: A, reason: r, expires: 7d}\n", "`expires: 7d` is not a date"),
        ("ignore:\n- {id: A, reason: ' ', expires: 2999-01-01}\n", "`reason` is blank"),
        ("ignore:\n- {reason: r, expires: 2999-01-01}\n", "expected `id:`"),
        ("ignore:\n- {id: A, why: r}\n", "`why` is not one of expires, id, package, reason"),
        ("ignore: A\n", "expected `ignore:` with a list, and nothing else"),
        ("ignore: [A]\n", "expected a mapping"),
        ("other: []\n", "expected `ignore:` with a list, and nothing else"),
    ]

    @Test(arguments: badRules)
    func badRule(text: String, reason: String) throws {
        let failure = try failure {
            try IgnoredAdvisories(Array(text.utf8), subject: "i.yml", nowSeconds: 1_767_225_600)
        }
        #expect(failure.code == .parse && failure.reason == reason, "\(failure)")
        #expect(failure.subject.hasPrefix("i.yml:"))
    }

    @Test func mapping() throws {
        let scene = try Self.scene()
        try scene.write(
            "map.yml",
            """
            packages:
            - {url: '*/linux-64/native-*', ecosystem: PyPI, name: bar, version: '2.0'}
            - {url: '*/ghost-*', ecosystem: PyPI, name: ghost}

            """)
        let audit = try Self.audit(scene) { $0.mapping = "map.yml" }
        #expect(audit.findings.map(\.package.name) == ["foo", "bar", "native"])
        #expect(audit.warnings == ["*/ghost-* is mapped to ghost, and no package has such a URL"])
        let failure = try failure {
            try AuditMapping(Array("packages:\n- {url: x, ecosystem: pypi, name: y}\n".utf8), subject: "m.yml")
        }
        #expect(failure.reason == "`ecosystem: pypi` is written PyPI" && failure.subject == "m.yml:2:3")
    }

    @Test func aProposedChange() throws {
        let scene = try Self.scene()
        let audit = try Self.audit(scene)
        let fix = try AuditFix(audit, request: scene.request(.install), context: scene.context())
        #expect(fix.plan?.lines == ["upgrade foo-1.0 foo-1.5"])
        #expect(fix.impossible.map(\.package) == ["bar"], "nothing fixes it")
        #expect(fix.specs.count == 1 && fix.specs[0].hasPrefix("foo") && fix.pip.isEmpty)
    }

    /// Databases that are none.
    @Test(arguments: [
        ("", "is empty"), ("gone", "there is no such file or directory"), ("empty", "has no advisory"),
    ])
    func noDatabase(word: String, reason: String) throws {
        let scene = try Self.scene()
        try scene.write("empty/x.txt", "")
        let failure = try failure { try Self.audit(scene) { $0.database = word } }
        #expect(failure.code == .usage && failure.reason == reason && failure.hint != nil)
    }

    @Test func ofALock() throws {
        let scene = try Self.scene()
        let plan = try scene.plan(.create, ["foo=1.0", "native"], in: "other")
        _ = try LockWriter(scene.context()).write(plan, to: "conda-lock.yml", isApplied: false)
        let audit = try Self.audit(scene) { request in
            request.prefix = nil
            request.lock = scene.request(.create) { $0.files = ["conda-lock.yml"] }
        }
        #expect(audit.findings.map(\.id) == ["PYSEC-1"])
        let bare = try scene.context(variables: ["CONDA_PKGS_DIRS": "\(scene.path)/none"])
        var request = Audit.Request()
        request.lock = scene.request(.create) { $0.files = ["conda-lock.yml"] }
        request.database = "osv"
        let unknown = try Audit(request, context: bare)
        #expect(unknown.findings.isEmpty && unknown.checkedNothing)
        #expect(unknown.unchecked.allSatisfy { $0.reason == AuditedPackage.notCached })
    }
}
