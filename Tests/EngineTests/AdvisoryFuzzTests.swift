// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Failures
import Fuzzing
import Testing

@testable import Engine

/// Mutations of what databases of vulnerabilities say; `scripts/fuzz` runs them for longer.
@Suite struct AdvisoryFuzzTests {
    /// What is read can be asked about any version.
    @Test func advisories() {
        let seeds = [
            """
            {"id": "GHSA-1", "aliases": ["CVE-2026-1"], "summary": "s",
            "affected": [{"package": {"ecosystem": "PyPI", "name": "A_b"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.2rc1"}, {"introduced": "2!1"},
            {"last_affected": "2!3.post1"}]}], "versions": ["1.0", "v1.1"]}],
            "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}]}
            """,
            """
            {"id": "OSV-2", "withdrawn": "2026-01-01T00:00:00Z", "affected": [{"package": {"ecosystem": "npm", "name": "x"},
            "ranges": [{"type": "SEMVER", "events": [{"introduced": "1.0.0-a.1"}, {"limit": "*"}, {"fixed": "2.0.0+b"}]},
            {"type": "GIT", "repo": "https://h/r", "events": [{"introduced": "0"}]}],
            "database_specific": {"severity": "HIGH"}}],
            "severity": [{"type": "CVSS_V4", "score": "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"}]}
            """,
        ]
        let words = [
            "{", "}", "[", "]", "\"introduced\"", "\"fixed\"", "\"last_affected\"", "\"limit\"", "\"0\"",
            "\"1!2.dev3\"",
            "99999999999999999999", "-", ".", "!", "+", "null", "\"CVSS_V2\"", "AV:N/", "/", "é",
        ]
        let versions = ["0", "1.0", "1.2rc1", "2!2", "1.0.0-a.1", "3.0.0"]
        let fuzzer = Fuzzer("advisories", seeds: seeds.map { Array($0.utf8) }, words: words)
        let report = fuzzer.run(rounds: 4000) { (bytes, _) in
            guard let advisory = try? Advisory(bytes, subject: "fuzz") else { return .refused }
            for affected in advisory.affected {
                _ = (advisory.score(affected), advisory.severity(affected), affected.obstacle)
                for text in versions {
                    let version = AdvisoryVersion(text, isPython: affected.key.ecosystem == AdvisoryKey.python)
                    _ = (affected.contains(text, version), affected.start(of: version), affected.fix(after: version))
                }
            }
            return .accepted
        }
        #expect(report.findings.isEmpty, "\(report.findings.prefix(3))")
        #expect(report.accepted > 0)
    }
}
