// SPDX-License-Identifier: BSD-3-Clause
package import Failures

/// How a command is run in an environment without a shell being asked (Rules §18.5).
package struct RunPlan: Sendable, Equatable {
    /// The variables of the command.
    package var environment: [String: String]
    /// What `sh` must do before it becomes the command; nil where the command can be executed at once.
    package var script: String?
    package var notes: [String]

    /// The line that becomes the command. Its words stand in it, for a script of an environment may set `$@`; as far as one
    /// argument of a process goes (128 kB), beyond which they are that.
    package static func line(_ command: [String]) -> String {
        let words = command.map { Shell.posix.quoted($0) }.joined(separator: " ")
        return words.utf8.count < 100_000 ? "exec \(words)\n" : "exec \"$@\"\n"
    }
}

extension Activation {
    /// What running a command in `prefix` needs. Scripts of `activate.d` (and of the `deactivate.d` of an environment
    /// that is left) cannot be done without a shell: then `script` is to be run by
    /// `bash` (or `sh`), followed by the line that has the command take the process over (``RunPlan/line(_:)``).
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
