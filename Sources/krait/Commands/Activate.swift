// SPDX-License-Identifier: BSD-3-Clause
import Activation
import Configuration
import Engine
import Failures
import Platform

extension Option {
    /// Which shell's language is spoken.
    static let shell = ValueOption(
        "shell", letter: "s", takes: "SHELL", "bash, zsh, posix, fish, tcsh, xonsh or powershell")

    fileprivate static let stack = Flag("stack", "on top of the active environment, which stays in effect")
    fileprivate static let inFront = Flag("in-front", "put its programs before all others on PATH")
    fileprivate static let noStack = SettingOption(
        "no-stack", sets: .autoStack, toText: "0", "replace the active environment")
}

extension Verb {
    static let activate = Verb(
        ["activate"], "Print the shell code that activates an environment", operands: "[NAME|DIR]",
        options: [.shell, .stack, .noStack] + Option.target,
        examples: [
            "eval \"$(krait shell activate science)\"              bash, zsh, dash: no set-up needed",
            "krait shell activate science | source               fish",
            "krait shell init                                    then `krait activate science` alone will do",
        ]
    ) { (session, invocation) throws(Failure) in
        let shell = try session.shell(invocation)
        let settings = try session.settings(invocation)
        let prefix = try session.activationTarget(invocation, settings)
        let answer = try ShellActivation(shell: shell, settings: settings).activate(
            prefix, stack: invocation[.stack])
        return try session.tell(answer, shell, invocation)
    }

    static let deactivate = Verb(
        ["deactivate"], "Print the shell code that leaves the active environment", options: [.shell]
    ) { (session, invocation) throws(Failure) in
        let shell = try session.shell(invocation)
        let answer = try ShellActivation(
            shell: shell, settings: try session.settings(invocation), keepsLevel: session.dialect.keepsLevel
        ).deactivate()
        return try session.tell(answer, shell, invocation)
    }

    static let reactivate = Verb(
        ["reactivate"], "Print the shell code that refreshes the active environment", options: [.shell, .inFront]
    ) { (session, invocation) throws(Failure) in
        let shell = try session.shell(invocation)
        let answer = try ShellActivation(shell: shell, settings: try session.settings(invocation)).reactivate(
            inFront: invocation[.inFront])
        return try session.tell(answer, shell, invocation)
    }
}

extension Session {
    /// The shell that `--shell` names, else the one that waits for us.
    func shell(_ invocation: Invocation) throws(Failure) -> Shell {
        guard let name = invocation[.shell] else {
            return Shell.detect(parentProcess: ThisProcess.parentName(), loginShell: environment["SHELL"])
        }
        guard let shell = Shell(name: name) else {
            throw unknownShell(name)
        }
        return shell
    }

    /// The environment to activate: a name or a path, `base` when nothing is said.
    fileprivate func activationTarget(_ invocation: Invocation, _ settings: Settings) throws(Failure) -> String {
        guard let word = invocation.operands.first else {
            return try targetPrefix(invocation, settings, fallbacks: [.root])
        }
        guard invocation.operands.count == 1, invocation[.name] == nil, invocation[.prefix] == nil else {
            throw Failure(.usage, "krait activate", "activates one environment", hint: "krait activate NAME")
        }
        let isPath = word.utf8.contains(UInt8(ascii: "/")) || word == "." || word == ".." || word == "~"
        let found = try settings.directories.targetPrefix(
            prefix: isPath ? word : nil, name: isPath ? nil : word, fallbacks: [], environment: environment)
        if let found, !isPath { console.naming.note(word, for: found.path) }
        return found?.path ?? word
    }

    /// Prints the code. Asked for outside of `shell`, where only the hook's function can act on it, that tells what to
    /// do and fails: a script must not go on in another environment than it thinks.
    fileprivate func tell(
        _ answer: ShellActivation.Answer, _ shell: Shell, _ invocation: Invocation
    ) throws(Failure) -> Int32 {
        for warning in answer.warnings { console.warn(warning) }
        for note in answer.notes { console.detail(note) }
        let isHooked = invocation.verbPath.count > 1
        if isHooked || dialect == .krait { try console.code(answer.code) }
        if isHooked { return 0 }
        let tool = dialect.rawValue
        let words = "\(tool) shell \(invocation.words.joined(separator: " "))"
        console.warn(
            """
            `\(tool) \(invocation.verbPath[0])` alone changes nothing: a program cannot change the shell it is called from.
            Let the shell evaluate it:
                \(shell == .fish ? "\(words) | source" : "eval \"$(\(words))\"")
            or run `\(dialect.blockOwner(shell).command)` once and start a new shell. For one command use `\(tool) run -n NAME COMMAND`.
            """)
        return 1
    }
}

/// The failure of a name that is no shell's.
func unknownShell(_ name: String) -> Failure {
    Failure(
        .usage, name, "is not a shell that krait knows",
        hint: "it knows \(Shell.allCases.map(\.rawValue).joined(separator: ", "))")
}
