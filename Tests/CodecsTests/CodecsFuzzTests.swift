// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Failures
import Fuzzing
import Testing

/// Mutations of documents as servers and files have them; `scripts/fuzz` runs them for longer.
@Suite struct CodecsFuzzTests {
    /// What is read is read the same when it is written again.
    @Test func json() {
        let seeds = [
            #"{"schemaVersion": 2, "layers": [{"mediaType": "a/b+zst", "digest": "sha256:00", "size": 12}], "x": null}"#,
            #"{"token": "eyJ.a.b", "expires_in": 300, "issued_at": "2026-01-01T00:00:00Z"}"#,
            #"{"AccessKeyId": "A", "SecretAccessKey": "b/c+\u00e9", "Token": "\ud83d\ude00", "n": -1.5e-3, "t": true}"#,
            #"[[], {}, "", 0, 18446744073709551615, -9223372036854775808, 1E400, "\"\\\/\b\f\n\r\t"]"#,
        ]
        let words = ["{", "}", "[", "]", ",", ":", "\"", "\\u", "\\ud800", "1e", "-", "null", "true", "é", "\0", " "]
        let report = Fuzzer("json", seeds: seeds.map { Array($0.utf8) }, words: words).run(rounds: 4000) { (bytes, _) in
            guard let value = try? JSON.parse(bytes, subject: "fuzz") else { return .refused }
            let again = try? JSON.parse(value.serialized(), subject: "fuzz")
            return again == value ? .accepted : .wrong("written, it reads otherwise")
        }
        #expect(report.findings.isEmpty)
        #expect(report.accepted > 0)
    }

    /// What is no document is refused; nothing else is asked of one.
    @Test func markup() {
        let yaml = [
            "name: a\nchannels: [c, 'd']\ndependencies:\n  - x=1 # why\n  - pip:\n    - -e .\nvariables: {A: \"b\\x41\"}\n",
            "a: &x [1, 0x1F, 1_000, .inf, ~, yes]\nb: *x\nc: |\n  text\n   more\nd: >-\n  folded\n",
            "? k\n: - v\n  - !t w\n",
        ]
        let toml = [
            "requires-python = \">=3.11\"\ndependencies = [\"a>=1\", 'b']\n[tool.conda]\nchannels = [\"c\"]\n",
            "a.b.\"c d\" = { x = 1, y = [1.5e3, 0xff, true] }\n[[t]]\nd = 2026-01-01T00:00:00Z\ns = \"\"\"\nl\\\n  m\"\"\"\n",
        ]
        let words = [
            "- ", ": ", "[", "]", "{", "}", "&a", "*a", "<<: *a", "!!", "|", ">", "#", "'", "\"", "\\x", "=", "[[",
            "]]",
            "\"\"\"", "\t", "\n", "\n  ", "---", "%", "\0", "é",
        ]
        let fuzzer = Fuzzer("markup", seeds: (yaml + toml).map { Array($0.utf8) }, words: words)
        let report = fuzzer.run(rounds: 4000) { (bytes, _) in
            let isRead = (try? YAML.parse(bytes, subject: "fuzz")) != nil
            return (try? TOML.parse(bytes, subject: "fuzz")) != nil || isRead ? .accepted : .refused
        }
        #expect(report.findings.isEmpty)
        #expect(report.accepted > 0)
    }
}
