// SPDX-License-Identifier: BSD-3-Clause
package import Activation
package import Configuration
package import Failures
import Platform

/// Activation in the user's shell: code for it to evaluate.
package struct ShellActivation {
    /// What the shell is to do, and what its user should know.
    package struct Answer: Sendable {
        /// The code.
        package var code: String
        /// What is wrong with the environment.
        package var warnings: [String]
        /// What may be of interest: variables that were shadowed.
        package var notes: [String]
    }

    private let shell: Shell
    private let facts: ActivationFacts
    private let activation: Activation
    private let rootPrefix: String?

    /// - Parameter keepsLevel: Leaving the last environment leaves `CONDA_SHLVL` at 0.
    package init(shell: Shell, settings: Settings, keepsLevel: Bool = false) {
        var own = ActivationSettings(settings)
        own.keepsLevel = keepsLevel
        let facts = ActivationFacts(shell: shell)
        self.shell = shell
        self.facts = facts
        rootPrefix = settings.rootPrefix
        activation = Activation(
            variables: settings.environment.variables, settings: own, facts: { facts.read($0) }
        )
    }

    /// - Throws: `Failure(.usage)` when there is no environment at `prefix`; a root prefix needs not be one.
    package func activate(_ prefix: String, stack: Bool) throws(Failure) -> Answer {
        let pending = EnvironmentRecovery.notice(prefix)
        if prefix != rootPrefix || !FileSystem.isDirectory(prefix) {
            try EnvironmentRecovery.requireEnvironment(prefix, root: rootPrefix)
        }
        var answer = try answer(activation.activate(prefix, stack: stack))
        if let pending { answer.warnings.append(pending) }
        return answer
    }

    /// Leaves the active environment, which may be gone from the disk.
    package func deactivate() throws(Failure) -> Answer { try answer(activation.deactivate()) }

    /// Does again what the active environment does.
    package func reactivate(inFront: Bool) throws(Failure) -> Answer {
        try answer(activation.reactivate(inFront: inFront))
    }

    private func answer(_ transform: Transform) throws(Failure) -> Answer {
        Answer(code: try shell.code(for: transform), warnings: facts.notes, notes: transform.notes)
    }
}
