// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Foundation
import Testing

@testable import Activation

/// Real shells evaluate the real code: a stand-in for the executable hands its environment to the test over a pipe
/// and prints what comes back.
final class Stage {
    let path: String
    private let service: Service

    init(_ name: String = "stage it's ") throws {
        path = NSTemporaryDirectory() + name + "\(UUID().uuidString.prefix(8))"
        service = Service(path: path)
        let manager = FileManager.default
        for name in ["a", "b"] {
            for folder in ["activate.d", "deactivate.d", "../../bin"] {
                try manager.createDirectory(
                    atPath: "\(path)/envs/\(name)/etc/conda/\(folder)", withIntermediateDirectories: true)
            }
            // As packages do it: keep, set, give back.
            try write(
                "envs/\(name)/etc/conda/activate.d/x.sh",
                "export KEPT_\(name)=\"${SHARED-none}\"\nexport SHARED=\(name)\n")
            try write(
                "envs/\(name)/etc/conda/deactivate.d/x.sh",
                "if [ \"$KEPT_\(name)\" = none ]; then unset SHARED; else export SHARED=\"$KEPT_\(name)\"; fi\nunset KEPT_\(name)\n"
            )
            try write(
                "envs/\(name)/etc/conda/activate.d/x.fish",
                "if set -q SHARED; set -gx KEPT_\(name) $SHARED; else; set -gx KEPT_\(name) none; end\nset -gx SHARED \(name)\n"
            )
            try write(
                "envs/\(name)/etc/conda/deactivate.d/x.fish",
                "if test $KEPT_\(name) = none; set -e SHARED; else; set -gx SHARED $KEPT_\(name); end\nset -e KEPT_\(name)\n"
            )
        }
        mkfifo("\(path)/ask", 0o600)
        mkfifo("\(path)/answer", 0o600)
        try write(
            "krait",
            """
            #!/bin/sh
            D="${0%/*}"
            printf '%s\\n' "$@" > "$D/words"
            env -0 > "$D/environment"
            echo go > "$D/ask"
            cat "$D/answer" > "$D/code"
            [ "$(head -n 1 "$D/code")" = ok ] || { echo failed >&2; exit 3; }
            tail -n +2 "$D/code"
            """)
        try manager.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(path)/krait")
        Thread.detachNewThread { [service] in service.serve() }
    }

    deinit {
        service.end()
        try? FileManager.default.removeItem(atPath: path)
    }

    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
    }

    /// Runs a script in a shell; gives its output and status.
    func run(_ command: [String], _ script: String, variables: [String: String] = [:]) throws -> (
        output: String, status: Int32
    ) {
        try write("script", script)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command + ["\(path)/script"]
        process.environment = [
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin", "HOME": path, "TEST_SHELL": command[0], "TERM": "dumb",
        ]
        .merging(variables) { $1 }
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (String(decoding: data, as: UTF8.self), process.terminationStatus)
    }

    func lines(_ name: String) throws -> [String] {
        let data = try #require(FileManager.default.contents(atPath: "\(path)/\(name)"))
        return data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }.filter { !$0.hasPrefix("_=") }
            .sorted()
    }
}

/// The other end of the stand-in's pipe.
struct Service: Sendable {
    let path: String

    private func facts(_ prefix: String, _ shell: Shell) -> PrefixFacts {
        let exists = FileManager.default.fileExists(atPath: prefix)
        let name = String(prefix.split(separator: "/").last ?? "")
        return PrefixFacts(
            path: prefix, activateNames: exists ? ["x.sh", "x.fish"] : [],
            deactivateNames: exists ? ["x.sh", "x.fish"] : [],
            variables: [EnvironmentVariable("V", "it's \"\(name)\" $HOME \\ `x`")], shell: shell)
    }

    /// Answers until the pipe says to stop. Foundation does not read named pipes, so this asks the system itself.
    func serve() {
        while true {
            let asking = open("\(path)/ask", O_RDONLY | O_CLOEXEC)
            if asking < 0 { return }
            var byte: UInt8 = 0
            let count = read(asking, &byte, 1)
            close(asking)
            if count == 1, byte == UInt8(ascii: "s") { return }
            guard let words = FileManager.default.contents(atPath: "\(path)/words") else { return }
            let text = answer(String(decoding: words, as: UTF8.self).split(separator: "\n").map(String.init))
            let answering = open("\(path)/answer", O_WRONLY | O_CLOEXEC)
            _ = Array(text.utf8).withUnsafeBytes { write(answering, $0.baseAddress, $0.count) }
            close(answering)
        }
    }

    func end() {
        let asking = open("\(path)/ask", O_WRONLY | O_CLOEXEC)
        _ = write(asking, "s", 1)
        close(asking)
    }

    /// What the executable prints for its words, `ok` before it.
    private func answer(_ words: [String]) -> String {
        var variables: [String: String] = [:]
        for entry in (FileManager.default.contents(atPath: "\(path)/environment") ?? Data()).split(separator: 0) {
            let text = String(decoding: entry, as: UTF8.self)
            guard let equals = text.firstIndex(of: "=") else { continue }
            variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
        }
        var words = words
        if words.first == "shell" { words.removeFirst() }
        var shell = Shell.detect(parentProcess: variables["TEST_SHELL"], loginShell: nil)
        if let place = words.firstIndex(of: "--shell") {
            shell = Shell(name: words[place + 1]) ?? shell
            words.removeSubrange(place...(place + 1))
        }
        var settings = ActivationSettings()
        settings.rootPrefix = path
        let activation = Activation(variables: variables, settings: settings) { prefix in facts(prefix, shell) }
        do throws(Failure) {
            switch words.first {
            case "activate":
                guard words[1] != "nosuch" else { return "no\n" }
                let transform = try activation.activate("\(path)/envs/\(words[1])", stack: words.contains("--stack"))
                return try "ok\n" + shell.code(for: transform)
            case "deactivate": return try "ok\n" + shell.code(for: activation.deactivate())
            case "reactivate": return try "ok\n" + shell.code(for: activation.reactivate())
            default: return "ok\necho ran \(words.joined(separator: " "))\n"
            }
        } catch {
            return "no\n"
        }
    }
}

private func isInstalled(_ shell: String) -> Bool {
    ["/bin/", "/usr/bin/", "/usr/local/bin/"].contains { FileManager.default.isExecutableFile(atPath: $0 + shell) }
}

@Suite struct TranscriptTests {
    private static let posixShells = [
        ["bash"], ["bash", "-u"], ["bash", "--posix"], ["zsh", "-f"], ["dash"], ["dash", "-u"],
    ]
    .filter { isInstalled($0[0]) }

    @Test(arguments: posixShells, [[:], ["V": "before", "SHARED": ""], ["CONDA_SHLVL": "0", "V": ""]])
    func thereAndBack(shell: [String], variables: [String: String]) throws {
        let stage = try Stage()
        let hook = try #require(Shell(name: shell[0])).hook(HookRequest(executable: stage.path + "/krait"))
        for prompt in ["unset PS1", "PS1='$ '", "PS1="] {
            let script = """
                D='\(stage.path.replacing("'", with: "'\"'\"'"))'
                \(hook)
                \(prompt)
                dump() { env -0 > "$D/$1"; printf '%s' "${PS1-unset}" > "$D/$1.prompt"; }
                dump before
                krait activate a
                printf '%s\\n' "$CONDA_PREFIX" "$V" "$SHARED" "$CONDA_SHLVL" "${PS1-unset}" "${PATH%%:*}"
                dump one
                krait activate b --stack
                printf '%s\\n' "$CONDA_DEFAULT_ENV" "$SHARED" "$CONDA_SHLVL"
                krait deactivate
                dump again
                krait activate b
                printf '%s\\n' "$SHARED" "$CONDA_SHLVL" "$CONDA_PREFIX_1"
                krait reactivate
                krait activate nosuch
                echo "status $?"
                krait deactivate
                dump back
                krait deactivate
                dump after
                krait deactivate
                dump still
                krait list --help
                """
            let (output, status) = try stage.run(shell, script, variables: variables)
            #expect(status == 0)
            let shown = ["unset PS1": "unset", "PS1='$ '": "(a) $ ", "PS1=": "(a) "][prompt] ?? ""
            #expect(
                output.split(separator: "\n").map(String.init) == [
                    stage.path + "/envs/a", "it's \"a\" $HOME \\ `x`", "a", "1", shown, stage.path + "/envs/a/bin",
                    "b", "b", "2", "b", "2", stage.path + "/envs/a", "status 3", "echo ran list --help",
                ])
            for (left, right) in [("before", "after"), ("one", "again"), ("one", "back"), ("after", "still")] {
                #expect(try stage.lines(left) == stage.lines(right), "\(shell) \(left) \(right) \(prompt)")
                #expect(
                    try stage.lines(left + ".prompt") == stage.lines(right + ".prompt"), "\(shell) \(left) \(right)")
            }
        }
    }

    @Test(arguments: posixShells)
    func withoutHook(shell: [String]) throws {
        let stage = try Stage()
        let script = """
            eval "$("$HOME/krait" activate a)"
            echo "$CONDA_PREFIX $SHARED"
            eval "$("$HOME/krait" deactivate)"
            echo "${CONDA_PREFIX-none} ${SHARED-none}"
            """
        let (output, _) = try stage.run(shell, script)
        #expect(output == "\(stage.path)/envs/a a\nnone none\n")
    }

    @Test func noShellVariableIsLeft() throws {
        let stage = try Stage()
        let hook = Shell.bash.hook(HookRequest(executable: stage.path + "/krait"))
        let script = """
            \(hook)
            names() { compgen -v | grep -vE '^(BASH_|_$|PIPESTATUS|FUNCNAME|names)'; }
            PS1=x; names > "$HOME/n1"; krait activate a; krait deactivate; names > "$HOME/n2"; cmp "$HOME/n1" "$HOME/n2" && echo same
            """
        #expect(try stage.run(["bash"], script).output == "same\n")
    }

    @Test(.enabled(if: isInstalled("fish")), arguments: [[:], ["V": "before", "SHARED": "x y"], ["CONDA_SHLVL": "0"]])
    func thereAndBackInFish(variables: [String: String]) throws {
        let stage = try Stage()
        let hook = Shell.fish.hook(HookRequest(executable: stage.path + "/krait"))
        let script = """
            \(hook)
            function fish_prompt; echo "> "; end
            function dump; env -0 > "$HOME/$argv[1]"; fish_prompt > "$HOME/$argv[1].prompt"; end
            dump before
            krait activate a
            printf '%s\\n' $CONDA_PREFIX $V $SHARED $CONDA_SHLVL $PATH[1]
            fish_prompt
            dump one
            krait activate b --stack
            printf '%s\\n' $CONDA_DEFAULT_ENV $SHARED $CONDA_SHLVL
            krait deactivate
            dump again
            krait activate b
            printf '%s\\n' $SHARED $CONDA_SHLVL
            krait reactivate
            krait activate nosuch
            echo "status $status"
            krait deactivate
            dump back
            krait deactivate
            dump after
            krait list
            eval ($HOME/krait activate a); echo $CONDA_SHLVL
            eval "$($HOME/krait reactivate)"; echo $CONDA_SHLVL
            $HOME/krait deactivate | source; set -q CONDA_SHLVL; or echo none
            """
        let (output, _) = try stage.run(["fish", "--no-config"], script, variables: variables)
        #expect(
            output.split(separator: "\n").map(String.init) == [
                stage.path + "/envs/a", "it's \"a\" $HOME \\ `x`", "a", "1", stage.path + "/envs/a/bin", "(a) > ", "b",
                "b",
                "2", "b", "2", "status 3", "echo ran list", "1", "1",
            ] + (variables["CONDA_SHLVL"] == nil ? ["none"] : []))
        for (left, right) in [("before", "after"), ("one", "again"), ("one", "back")] {
            #expect(try stage.lines(left) == stage.lines(right), "\(left) \(right)")
            #expect(try stage.lines(left + ".prompt") == stage.lines(right + ".prompt"))
        }
    }

    @Test(.enabled(if: isInstalled("tcsh")))
    func thereAndBackInTcsh() throws {
        let stage = try Stage("stage-")
        let hook = Shell.tcsh.hook(HookRequest(executable: stage.path + "/krait"))
        let script = """
            \(hook)
            set prompt = "> "
            env -0 > $HOME:q/before
            krait activate a
            echo $CONDA_PREFIX:q "$CONDA_SHLVL"
            echo $prompt:q
            echo "$V"
            krait activate b --stack
            echo "$CONDA_DEFAULT_ENV"
            krait deactivate
            krait deactivate
            echo $prompt:q
            env -0 > $HOME:q/after
            krait list
            """
        let (output, _) = try stage.run(["tcsh", "-f"], script)
        #expect(
            output.split(separator: "\n").map(String.init) == [
                stage.path + "/envs/a 1", "(a) > ", "it's \"a\" $HOME \\ `x`", "b", "> ", "echo ran list",
            ])
        #expect(try stage.lines("before") == stage.lines("after"))
    }

    /// A file that `shell init` wrote works in a login shell and does no harm when the executable is gone.
    @Test func initialisedLoginShell() throws {
        let stage = try Stage()
        let block = ShellConfiguration.block(.bash, executable: stage.path + "/krait", rootPrefix: nil)
        try stage.write(".bash_profile", ShellConfiguration.adding(block, to: "export SEEN=1\n"))
        #expect(try stage.run(["bash", "-l"], "echo $SEEN").output.hasSuffix("1\n"))
        try FileManager.default.removeItem(atPath: stage.path + "/krait")
        #expect(try stage.run(["bash", "-l"], "echo $SEEN").output == "1\n")
    }

    /// The script of `run` ends in the command itself, with its status.
    @Test func wrapperBecomesTheCommand() throws {
        let stage = try Stage()
        var settings = ActivationSettings()
        settings.rootPrefix = stage.path
        let prefix = stage.path + "/envs/a"
        let activation = Activation(variables: ["PATH": "/usr/bin:/bin"], settings: settings) { _ in
            PrefixFacts(path: prefix, activateNames: ["x.sh"], deactivateNames: [], variables: [], shell: .posix)
        }
        let plan = try activation.run(prefix)
        let process = Process()
        let output = Pipe()
        let command = ["sh", "-c", "echo $SHARED $$ \"$1\"; exit 7", "x", "it's"]
        let words = plan.words(command, shell: "/bin/sh")
        process.executableURL = URL(fileURLWithPath: words[0])
        process.arguments = Array(words[1...])
        process.environment = plan.environment
        process.standardOutput = output
        try process.run()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        #expect(text == "a \(process.processIdentifier) it's\n")
        #expect(process.terminationStatus == 7)
    }
}
