// SPDX-License-Identifier: BSD-3-Clause
import Activation
package import Configuration
package import Failures
package import Platform

/// A command in an environment: this process becomes it (Requirements R-3).
package struct RunCommand: Sendable {
    /// What to run, and how.
    package struct Request: Sendable {
        package var prefix: String
        /// The program and its arguments.
        package var command: [String]
        /// Where it starts; nil for here.
        package var directory: String?
        /// Variables that the user sets over everything else; without a value, the caller's.
        package var variables: [(name: String, value: String?)] = []
        /// Only what a login has, not the caller's variables.
        package var isClean = false

        package init(prefix: String, command: [String]) {
            self.prefix = prefix
            self.command = command
        }
    }

    /// What is wrong and should be known.
    package let warnings: [String]
    /// What may be of interest.
    package let notes: [String]
    /// The program and its arguments, or a shell that runs the environment's scripts and becomes it.
    package let words: [String]
    package let variables: [String: String]
    private let directory: String?

    /// - Throws: `Failure(.usage)` when there is no environment at the prefix.
    package init(_ request: Request, settings: Settings) throws(Failure) {
        let environment = settings.environment
        var warnings: [String] = []
        if let pending = EnvironmentRecovery.notice(request.prefix) { warnings.append(pending) }
        try EnvironmentRecovery.requireEnvironment(request.prefix, root: settings.rootPrefix)
        let facts = ActivationFacts(shell: .posix)
        let before = request.isClean ? Self.login(environment.variables) : environment.variables
        let plan = try Activation(
            variables: before, settings: ActivationSettings(settings), facts: { facts.read($0) }
        ).run(request.prefix)
        var variables = plan.environment
        for (name, value) in request.variables { variables[name] = value ?? environment.variables[name] }
        directory = request.directory.map { Path.absolute($0, base: environment.currentDirectory) }
        if let directory, variables["PWD"] != nil { variables["PWD"] = directory }
        var words = request.command
        if plan.script != nil {
            if let shell = Self.shell(variables) {
                words = plan.words(request.command, shell: shell)
            } else {
                warnings.append("there is no shell on this machine: the environment's activation scripts do not run")
            }
        }
        self.words = words
        self.variables = variables
        self.warnings = warnings
        notes = facts.notes + plan.notes
    }

    /// Goes to the directory that the request names.
    package func enterDirectory() throws(Failure) {
        if let directory { try ThisProcess.changeDirectory(directory) }
    }

    /// Becomes the command; only a failure returns.
    package func execute() throws(Failure) -> Never {
        try Platform.execute(words, environment: variables)
    }

    /// Runs the command to its end; what is sent to this process meanwhile reaches it.
    package func run() throws(Failure) -> ExitStatus {
        try ChildProcess(words, environment: variables).waitInItsPlace()
    }

    /// What shells exit with when a command cannot be started for this reason: 127 for what is not there, else 126.
    package static func exitCode(for failure: Failure) -> Int32 {
        guard let error = failure.cause as? Errno else { return 127 }
        return error == .noEntry || error == .notDirectory ? 127 : 126
    }

    /// bash, whose `.` keeps every variable as it is; else any sh.
    private static func shell(_ variables: [String: String]) -> String? {
        for name in ["bash", "/bin/bash", "/usr/bin/bash", "sh", "/bin/sh"] {
            if let path = try? findProgram(name, environment: variables), SystemCall.isAccessible(path, .execute) {
                return path
            }
        }
        return nil
    }

    /// The variables that a login gives.
    private static func login(_ variables: [String: String]) -> [String: String] {
        var kept = ["PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
        for name in ["HOME", "USER", "LOGNAME", "SHELL", "TERM", "LANG", "TZ"] { kept[name] = variables[name] }
        return kept
    }
}
