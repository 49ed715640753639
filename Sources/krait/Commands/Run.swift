// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Configuration
import Engine
import Failures

extension Option {
    fileprivate static let directory = ValueOption("cwd", takes: "DIR", "start in this directory")
    fileprivate static let variables = ListOption(
        "env", letter: "e", takes: "NAME=VALUE", "set a variable; NAME alone: as it is here")
    fileprivate static let cleanVariables = Flag(
        "clean-env", "start with the variables of a login only, not those of this shell")
}

extension Verb {
    static let run = Verb(
        ["run"], "Run a command in an environment", operands: "COMMAND [ARGUMENT…]",
        options: Option.target + [
            .directory, .variables, .cleanVariables,
            .ignored(
                "no-capture-output", also: ["live-stream"], letter: "s", "input and output are always the command's own"
            ),
            .ignored(
                "attach", letter: "a", takes: .list("STREAM"), "input and output are always the command's own"),
        ] + Option.runOfOthers, passesRest: true,
        examples: [
            "krait run -n science python script.py", "krait run -p ./env --cwd /srv -e PORT=80 -- ./server --port 80",
        ]
    ) { (session, invocation) throws(Failure) in
        guard !invocation.operands.isEmpty else {
            throw Failure(.usage, "krait run", "needs a command", hint: "krait run -n NAME python")
        }
        let (settings, prefix) = try session.environmentToRun(invocation)
        // As conda does: several lines are a script.
        let isScript = invocation.operands.count == 1 && invocation.operands[0].utf8.contains(0x0a)
        var request = RunCommand.Request(
            prefix: prefix, command: (isScript ? ["sh", "-c"] : []) + invocation.operands)
        request.directory = invocation[.directory]
        request.isClean = invocation[.cleanVariables]
        for text in invocation[.variables] { request.variables.append(try assignment(text)) }
        let command = try RunCommand(request, settings: settings)
        for warning in command.warnings { session.console.warn(warning) }
        for note in command.notes { session.console.detail(note) }
        try command.enterDirectory()
        return session.become(command)
    }

    /// `NAME=VALUE`, or `NAME` without a value.
    private static func assignment(_ text: String) throws(Failure) -> (name: String, value: String?) {
        let equals = text.utf8.firstIndex(of: UInt8(ascii: "="))
        let name = String(text[..<(equals ?? text.endIndex)])
        guard !name.isEmpty else { throw Failure(.usage, "--env \(text)", "has no name", hint: "write NAME=VALUE") }
        guard let equals else { return (name, nil) }
        return (name, String(text[text.utf8.index(after: equals)...]))
    }
}

extension Session {
    /// The environment to start something in, and the settings that matter for it. With a path no file is read: what
    /// is left of the configuration is the prompt, which a command does not have.
    func environmentToRun(_ invocation: Invocation) throws(Failure) -> (Settings, String) {
        if let prefix = invocation[.prefix], prefix.utf8.contains(UInt8(ascii: "/")), invocation[.rcFile].isEmpty {
            var sources = Settings.Sources()
            sources.ignoresFiles = true
            sources.ignoresEnvironment = invocation[.noEnv]
            sources.overrides = invocation.settings
            let settings = try Settings.load(environment, sources)
            return (settings, try targetPrefix(invocation, settings))
        }
        let settings = try settings(invocation)
        return (settings, try targetPrefix(invocation, settings))
    }

    /// Becomes the command; returns only the exit code of a command that cannot be started, which has been told.
    func become(_ command: RunCommand) -> Int32 {
        do throws(Failure) {
            return try execute(command)
        } catch {
            let code = RunCommand.exitCode(for: error)
            if console.isJSON, case .object(var members) = FailureText.json(of: error) {
                members.set("exit_code", .integer(Int64(code)))
                try? console.data(.object(members))
            } else {
                console.message(FailureText.text(of: error))
            }
            return code
        }
    }
}
