// SPDX-License-Identifier: BSD-3-Clause
package import Failures

/// How a command is run in an environment without a shell being asked (Rules §18.5).
package struct RunPlan: Sendable, Equatable {
    /// The variables of the command.
    package var environment: [String: String]
    /// What `sh` must do before it becomes the command; nil where the command can be executed at once.
    package var script: String?
    package var notes: [String]

    /// What to execute for `command`: it alone, or `shell` that does the script and becomes it. The words stand in the script,
    /// for one of an environment may set `$@`; as far as one argument of a process goes (128 kB), beyond which they are that.
    package func words(_ command: [String], shell: String) -> [String] {
        guard let script else { return command }
        let line = "exec " + command.map { Shell.posix.quoted($0) }.joined(separator: " ") + "\n"
        if script.utf8.count + line.utf8.count < 100_000 { return [shell, "-c", script + line, "krait"] }
        return [shell, "-c", script + "exec \"$@\"\n", "krait"] + command
    }
}

extension Activation {
    /// What running a command in `prefix` needs. Scripts of `activate.d` (and of the `deactivate.d` of an environment
    /// that is left) cannot be done without a shell: then `script` is to be run by
    /// `bash` (or `sh`), and then the command takes the process over (``RunPlan/words(_:shell:)``).
    package func run(_ prefix: String) throws(Failure) -> RunPlan {
        if level > 0, activePrefix == prefix {
            // Already in effect: the scripts have run, and what they exported is there. `sudo` and the like may have
            // changed the search path, though.
            var again = try reactivate()
            again.deactivateScripts = []
            again.activateScripts = []
            return RunPlan(environment: again.applied(to: variables), script: nil, notes: again.notes)
        }
        let transform = try activate(prefix)
        let scripts = transform.deactivateScripts + transform.activateScripts
        let environment = transform.applied(to: variables)
        guard !scripts.isEmpty else { return RunPlan(environment: environment, script: nil, notes: transform.notes) }
        let lines = scripts.map { ". \(Shell.posix.quoted($0))" }
        return RunPlan(environment: environment, script: lines.joined(separator: "\n") + "\n", notes: transform.notes)
    }
}
