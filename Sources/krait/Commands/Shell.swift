// SPDX-License-Identifier: BSD-3-Clause
import Activation
import Codecs
import Configuration
import Engine
import Failures
import Platform

extension Verb {
    static let shell = Verb(
        ["shell"], "Start a shell in an environment, or set up the shells you have",
        options: Option.target + [.shell],
        verbs: [
            shellHook, shellInit, shellReinit, shellDeinit, activate, deactivate, reactivate, shellCompletion,
            longPaths,
        ]
    ) { (session, invocation) throws(Failure) in
        let (settings, prefix) = try session.environmentToRun(invocation)
        let program = try session.interactiveShell(invocation)
        var request = RunCommand.Request(prefix: prefix, command: [program, "-i"])
        let start = try session.prepare(&request, for: Shell(name: Path.name(program)))
        do throws(Failure) {
            let command = try RunCommand(request, settings: settings)
            for warning in command.warnings { session.console.warn(warning) }
            let code = session.become(command)
            start?.remove()
            return code
        } catch {
            start?.remove()
            throw error
        }
    }

    private static let shellHook = Verb(
        ["hook"], "Print the functions that let a shell activate environments",
        options: [.shell, .rootAsPrefix],
        examples: ["eval \"$(krait shell hook -s bash)\"", "krait shell hook -s fish | source"]
    ) { (session, invocation) throws(Failure) in
        let shell = try session.shell(invocation)
        let executable = session.executablePath
        var request = HookRequest(
            executable: executable, command: Session.functionName(executable),
            rootPrefix: session.typedRootPrefix(invocation))
        let settings = try session.settings(invocation)
        if let variable = session.dialect.executableVariable {
            request.executableVariable = variable
            request.rootPrefix = request.rootPrefix ?? settings.rootPrefix
        }
        request.beginsLevel = session.dialect.keepsLevel && session.environment["CONDA_SHLVL"] == nil
        request.activatesBase = settings[.autoActivateBase]
        var text = shell.hook(request)
        if settings[.shellCompletion] { text += Completion.loader(shell, request) }
        try session.console.code(text)
        return 0
    }

    private static let initOptions: [Option] = [
        .shell, .rootAsPrefix, .dryRun, .reverseInit,
    ]

    private static let shellInit = Verb(
        ["init"], "Add krait to the start-up files of a shell", options: initOptions,
        examples: ["krait shell init", "krait shell init -s zsh --dry-run"]
    ) { (session, invocation) throws(Failure) in
        try edit(session, invocation, adds: !invocation[.reverseInit])
    }

    private static let shellReinit = Verb(
        ["reinit"], "Rewrite these lines after the executable or the root prefix has moved",
        options: initOptions.filter { $0 !== Option.reverseInit }
    ) { (session, invocation) throws(Failure) in try edit(session, invocation, adds: true) }

    /// conda's `init bash zsh`.
    static let condaInit = Verb(
        ["init"], "Add krait to the start-up files of shells, as `shell init` does", operands: "[SHELL…]",
        options: initOptions + [
            .everyShell
        ] + Option.initOfOthers,
        examples: ["krait init bash zsh"]
    ) { (session, invocation) throws(Failure) in
        var names = invocation.operands
        if invocation[.everyShell] { names = Shell.allCases.map(\.rawValue) }
        guard !names.isEmpty else { return try edit(session, invocation, adds: !invocation[.reverseInit]) }
        for name in names {
            guard Shell(name: name) != nil else { throw unknownShell(name) }
        }
        for name in names {
            var one = invocation
            one.note(.shell, name)
            _ = try edit(session, one, adds: !invocation[.reverseInit])
        }
        return 0
    }

    private static let shellDeinit = Verb(
        ["deinit"], "Remove krait from the start-up files of a shell", options: [.shell, .dryRun]
    ) { (session, invocation) throws(Failure) in try edit(session, invocation, adds: false) }

    private static func edit(_ session: Session, _ invocation: Invocation, adds: Bool) throws(Failure) -> Int32 {
        let shell = try session.shell(invocation)
        let settings = try session.settings(invocation)
        let owner = session.dialect.blockOwner(shell)
        let root = session.typedRootPrefix(invocation) ?? (owner.exports ? settings.rootPrefix : nil)
        let block = ShellConfiguration.block(
            shell, executable: session.executablePath, rootPrefix: root, owner: owner)
        let files = try ShellStartFiles(
            shell, block: adds ? block : nil, owner: owner, environment: session.environment)
        let isTrial = settings[.dryRun]
        if !isTrial {
            try files.apply()
            if adds { session.keepRootScripts(settings) }
        }
        let changed = files.edits.map(\.path)
        if session.console.isJSON {
            try session.console.data(
                .object([
                    JSONMember("success", true), JSONMember("shell", .string(shell.rawValue)),
                    JSONMember("dry_run", .bool(isTrial)), JSONMember("files", .strings(files.files)),
                    JSONMember("changed", .strings(changed)),
                ]))
            return 0
        }
        if changed.isEmpty { session.console.say("Nothing to do: \(files.files.joined(separator: ", "))") }
        for path in changed { session.console.say("\(isTrial ? "Would change" : "Changed") \(path)") }
        if isTrial, adds, !changed.isEmpty { try session.console.code(block) }
        if !isTrial, !changed.isEmpty { session.console.say("Open a new shell to use it.") }
        return 0
    }

    private static let longPaths = Verb(
        ["enable_long_path_support"], "Accepted and without effect: it is for Windows"
    ) { (_, _) throws(Failure) in 0 }

    private static let shellCompletion = Verb(
        ["completion"], "Print the completion script for bash, zsh or fish",
        options: [.shell, .environments],
        examples: [
            "eval \"$(krait shell completion -s bash)\"",
            "krait shell completion -s fish > ~/.config/fish/completions/krait.fish",
        ]
    ) { (session, invocation) throws(Failure) in
        if invocation[.environments] {
            let all = try EnvironmentList(try session.context(invocation)).environments
            try session.console.data(all.compactMap(\.name).map { $0 + "\n" }.joined())
            return 0
        }
        let shell = try session.shell(invocation)
        let command = Session.functionName(session.executablePath)
        let completion = Completion(
            verbs: Verb.all, globalOptions: Option.global, generalOptions: Option.general, command: command)
        guard let text = completion.script(shell) else {
            throw Failure(.usage, shell.rawValue, "has no completion", hint: "bash, zsh and fish have")
        }
        try session.console.code(text)
        return 0
    }
}

extension Option {
    fileprivate static let everyShell = Flag("all", "every shell that krait knows")
    fileprivate static let reverseInit = Flag("reverse", "remove the lines again")
    fileprivate static let environments = Flag("environments", "print only the names of environments, one per line")
    /// micromamba's older name of `--root-prefix` for `init` and `hook`.
    fileprivate static let rootAsPrefix = ValueOption(
        "prefix", letter: "p", takes: "DIR", "the same as --root-prefix")
}

extension Session {
    /// The path of this executable, for scripts that call it again.
    fileprivate var executablePath: String { ThisProcess.executable(environment) ?? "krait" }

    /// The root prefix as far as the command line says it, absolute.
    fileprivate func typedRootPrefix(_ invocation: Invocation) -> String? {
        guard let path = invocation.values(.rootPrefix).last ?? invocation[.rootAsPrefix] else { return nil }
        return Path.absolute(
            Path.expandingHome(path, home: environment.homeDirectory), base: environment.currentDirectory)
    }

    /// The executable's own name where every shell takes it as the name of a function.
    fileprivate static func functionName(_ executable: String) -> String {
        let name = Path.name(executable)
        let isPlain = name.utf8.allSatisfy {
            ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7a) || (0x30...0x39).contains($0) || $0 == 0x2d || $0 == 0x5f
        }
        return isPlain && !name.isEmpty ? name : "krait"
    }

    /// The program to start: what `--shell` names, else the login shell, else the one we were called from.
    fileprivate func interactiveShell(_ invocation: Invocation) throws(Failure) -> String {
        if let name = invocation[.shell] { return try shell(invocation) == .posix ? name : shellProgram(name) }
        if let shell = environment["SHELL"] { return shell }
        if let name = ThisProcess.parentName(), Shell(name: name) != nil { return name }
        return "sh"
    }

    /// Lets a shell that can be told so do the activation again when its start-up files are through: they may have put
    /// something before it on PATH, and they set the prompt.
    fileprivate func prepare(
        _ request: inout RunCommand.Request, for shell: Shell?
    ) throws(Failure) -> SubshellStart? {
        guard let shell, let own = ThisProcess.executable(environment) else { return nil }
        let exe = shell.quoted(own)
        switch shell {
        case .bash:
            // Evaluated before the first prompt, unless a start-up file has plans of its own for it.
            let before = environment["PROMPT_COMMAND"].map { "PROMPT_COMMAND=\(shell.quoted($0))" }
            let again = "eval \"$(\(exe) shell hook -s bash; \(exe) shell reactivate -s bash --in-front)\""
            request.variables.append(("PROMPT_COMMAND", "\(before ?? "unset PROMPT_COMMAND"); \(again)"))
        case .fish:
            let code = "\(exe) shell hook -s fish | source; \(exe) shell reactivate -s fish --in-front | source"
            request.command += ["-C", code]
        case .zsh:
            let start = try SubshellStart(executable: own, environment: environment)
            request.variables.append(("ZDOTDIR", start.directory))
            return start
        case .posix, .tcsh, .xonsh, .powershell: break
        }
        return nil
    }

    private func shellProgram(_ name: String) -> String { name == "powershell" ? "pwsh" : name }
}
