// SPDX-License-Identifier: BSD-3-Clause
import Activation
import Foundation
import Testing

@testable import krait

struct CompletionTests {
    private let small = Completion(verbs: Fixture.verbs, globalOptions: Fixture.globals, command: "tool")
    private let own = Completion(verbs: Verb.all, globalOptions: Option.global, command: "krait")

    @Test(arguments: [Shell.bash, .zsh, .fish])
    func script(shell: Shell) throws {
        try expectSnapshot(try #require(small.script(shell)), "completion.\(shell.rawValue)")
    }

    @Test func shellsWithoutOne() {
        for shell in [Shell.posix, .tcsh, .xonsh, .powershell] {
            #expect(small.script(shell) == nil)
            #expect(Completion.loader(shell, HookRequest(executable: "/krait")) == "")
        }
    }

    @Test(arguments: [("bash", ["-n"]), ("zsh", ["-n"]), ("fish", ["--no-execute"])])
    func theShellsReadTheirScripts(name: String, options: [String]) throws {
        let shell = try #require(Shell(name: name))
        let text = try #require(own.script(shell)) + Completion.loader(shell, HookRequest(executable: "/a b/krait"))
        let file = NSTemporaryDirectory() + "completion-\(UUID().uuidString).\(name)"
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: file) }
        guard let done = try output(of: name, options + [file]) else { return }
        #expect(done.status == 0 && done.text.isEmpty, "\(done.text)")
    }

    @Test(arguments: [
        (["cr"], ["create"]), ([""], ["create", "remove", "uninstall", "run", "info", "env", "shell"]),
        (["uninstall", "--f"], ["--force", "--force-remove"]), (["env", ""], ["list", "config"]),
        (["-q", "env", "config", ""], ["set"]), (["create", "-n", "env", "--na"], ["--name"]),
        (["create", "--link-mode", ""], ["auto", "hardlink", "reflink", "copy", "softlink"]),
        (["create", "--link-mode", "co"], ["copy"]), (["create", "numpy", "--q"], ["--quiet"]), (["info", "--na"], []),
        (["shell", "a"], ["activate"]),
    ])
    func bashAnswers(words: [String], expected: [String]) throws {
        let list = (["tool"] + words).map { "'\($0)'" }.joined(separator: " ")
        let script = """
            \(small.bash)
            COMP_WORDS=(\(list)); COMP_CWORD=\(words.count)
            _tool
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        guard let done = try output(of: "bash", ["--norc", "-c", script]) else { return }
        #expect(done.text.split(separator: "\n").map { String($0) } == expected)
    }

    @Test(arguments: [
        ("cr", ["create"]), ("env ", ["config", "list"]), ("-q env config ", ["set"]),
        ("create --link-mode co", ["copy"]), ("uninstall --for", ["--force", "--force-remove"]),
        ("shell a", ["activate"]),
    ])
    func fishAnswers(typed: String, expected: [String]) throws {
        let script = "\(small.fish)\ncomplete -C 'tool \(typed)'"
        guard let done = try output(of: "fish", ["--no-config", "-c", script]) else { return }
        let words = done.text.split(separator: "\n").map { String($0.split(separator: "\t")[0]) }
        #expect(words.sorted() == expected)
    }
}
