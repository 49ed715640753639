// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Fuzzing
import Testing

@testable import Configuration

/// Mutations of condarc files; `scripts/fuzz` runs them for longer.
@Suite struct SettingsFuzzTests {
    /// What is read can be changed, and what came of it is judged.
    @Test func condarc() {
        let seeds = [
            "channels:   # best first\n  - conda-forge\n  # the lab's own\n  - lab\n\nchannel_priority: flexible # now\n",
            "pkgs_dirs: [/a, '/b']\ncustom_channels:\n    lab: https://l.example.org  # ours\nunknown: {stays: as it is}\n",
            "mirrored_channels:\n  conda-forge: [https://a/b, oci://c/d]\nremote_cache: s3://cache/conda\nssl_verify: false\n",
            "proxy_servers: {http: 'http://u:p@h:1', https: \"x\"}\nchannel_alias: https://h\n---\n",
        ]
        let words = [
            "channels:", "- ", ": ", "[", "]", "{", "}", "#", "'", "\"", "\n", "\n  ", "\t", "---", "|", ">", "&a",
            "*a",
            "null", "~", "true", "offline: ", "ssl_verify: ", "é", "\0", "\r\n",
        ]
        let fuzzer = Fuzzer("condarc", seeds: seeds.map { Array($0.utf8) }, words: words)
        let report = fuzzer.run(rounds: 4000) { (bytes, _) in
            guard var text = try? SettingsText(bytes, subject: "rc"), (try? text.check()) != nil else {
                return .refused
            }
            guard let key = SettingKey.named("offline"), let value = try? SettingsText.value(["true"], for: key),
                (try? text.set(key, value)) != nil
            else { return .accepted }
            // A document that is `~` is none any longer then, which is told.
            _ = try? text.check()
            return .accepted
        }
        #expect(report.findings.isEmpty)
        #expect(report.accepted > 0)
    }

    /// Files of other tools that hold what servers want to know of the user.
    @Test func credentials() {
        let seeds = [
            "machine h.example login u password \"p\\\"w\" # who\nmacdef init\ncd /\n\ndefault login a account b password c\n",
            "[default]\naws_access_key_id = AKIA\naws_secret_access_key=s/e+c\ns3 =\n  addressing_style = path\n[profile x]\nregion=eu\n",
            "bearer:tok", "token:t", "user:pass:word",
        ]
        let words = [
            "machine ", "login ", "password ", "macdef ", "default", "\"", "\\", "#", "\n", "\n\n", "[", "]", "=",
            " = \n ",
            "[default]", "s3 =", ":", "é", "\0", "\r",
        ]
        let fuzzer = Fuzzer("credentials", seeds: seeds.map { Array($0.utf8) }, words: words)
        let report = fuzzer.run(rounds: 4000) { (bytes, _) in
            let netrc = Netrc(bytes)
            // Names of hosts are kept in small letters, so only the entry without a host could answer.
            if netrc.secret(for: "NOBODY", isProtected: false) != nil { return .wrong("the default went without TLS") }
            let values = AWSProfile.values(of: ["default"], in: bytes)
            return netrc != Netrc() || !values.isEmpty ? .accepted : .refused
        }
        #expect(report.findings.isEmpty)
        #expect(report.accepted > 0)
    }
}
