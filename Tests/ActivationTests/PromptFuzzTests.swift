// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Fuzzing
import Testing

@testable import Activation

/// Mutations of names, variables and scripts of environments; `scripts/fuzz` runs them for longer.
@Suite struct PromptFuzzTests {
    /// An environment as NUL-separated texts: its path, a script, and names and values of variables in turn.
    private static let seeds = [
        "/home/u/envs/a b\0x.sh\0KEY\0value", "/envs/$(touch x)`y`\\!%\0'; rm.sh\0A\0it's \"$HOME\"\0B\0***unset***",
        "/r/envs/é\u{1B}[31m\0\u{9B}.ps1\0L\0a\nb\r\u{7F}\0CONDA_PREFIX\0x\0lower\0\u{2019}",
    ]
    private static let words = [
        "\0", "\n", "\r", "\u{1B}]0;", "\u{9B}", "$(", "`", "${", "\\", "'", "\"", "!", "%", "^", "\u{2018}", "{name}",
        "***unset***", "/envs/", "PS1", "PATH", ";", "&&", "#",
    ]

    /// The modifier begins nothing in any shell, the code moves no cursor, a word in POSIX quotes is the text, and leaving
    /// the environment brings back what was.
    @Test func prompt() throws {
        let fuzzer = Fuzzer("prompt", seeds: Self.seeds.map { Array($0.utf8) }, words: Self.words)
        let before = ["PATH": "/usr/bin:/bin", "HOME": "/home/u", "KEY": "old"]
        let report = try fuzzer.run(rounds: 1000) { (bytes, _) in
            let texts = bytes.split(separator: 0, omittingEmptySubsequences: false)
                .map { String(decoding: $0, as: UTF8.self) }
            guard let path = texts.first, path.hasPrefix("/"), !path.contains(":") else { return .refused }
            let pairs = texts.dropFirst(2)
            let variables = zip(pairs, pairs.dropFirst()).map { EnvironmentVariable($0, $1) }
            let merged = PrefixFacts.merge(packages: [], state: variables).variables
            for shell in Shell.allCases {
                let facts = PrefixFacts(
                    path: path, activateNames: texts.dropFirst().prefix(1).map { $0 }, deactivateNames: [],
                    variables: merged, shell: shell)
                let activate = try Activation(variables: before, settings: .init()) { _ in facts }.activate(path)
                let active = activate.applied(to: before)
                if let wrong = Self.wrong(shell, activate, active) { return .wrong("\(shell): \(wrong)") }
                let back = try Activation(variables: active, settings: .init()) { _ in facts }.deactivate()
                if back.applied(to: active) != before { return .wrong("\(shell): something of the environment stays") }
            }
            return texts.allSatisfy { Self.unquoted(Shell.bash.quoted($0)) == $0 } ? .accepted : .wrong("quotes")
        }
        #expect(report.findings.isEmpty)
        #expect(report.accepted > 0)
    }

    private static func wrong(_ shell: Shell, _ transform: Transform, _ active: [String: String]) -> String? {
        let modifier = active["CONDA_PROMPT_MODIFIER"] ?? ""
        if modifier.unicodeScalars.contains(where: { "\\$`!%{}^\"".unicodeScalars.contains($0) || $0.isControl }) {
            return "the modifier \(modifier.debugDescription)"
        }
        // tcsh cannot be given control characters, nor xonsh a `$` in a path.
        guard let code = try? shell.code(for: transform) else {
            return shell == .tcsh || shell == .xonsh && active["PATH"]?.contains("$") == true ? nil : "no code"
        }
        let control = code.unicodeScalars.first { $0 != "\n" && $0 != "\t" && $0.isControl }
        return control.map { "the code has \($0.debugDescription)" }
    }

    /// What a POSIX shell with `$'…'` makes of a word of our quoting; nil when it is not one word.
    private static func unquoted(_ word: String) -> String? {
        var rest = word.utf8[...]
        var result: [UInt8] = []
        func take(_ text: String) -> Bool {
            guard rest.starts(with: text.utf8) else { return false }
            rest = rest.dropFirst(text.utf8.count)
            return true
        }
        while !rest.isEmpty {
            if take("\"'\"") {
                result.append(UInt8(ascii: "'"))
            } else if take("$'") {
                while take("\\") {
                    guard let byte = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8) else {
                        return nil
                    }
                    result.append(byte)
                    rest = rest.dropFirst(3)
                }
                guard take("'") else { return nil }
            } else if take("'") {
                guard let end = rest.firstIndex(of: UInt8(ascii: "'")) else { return nil }
                result += rest[..<end]
                rest = rest[end...].dropFirst()
            } else {
                return nil
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
