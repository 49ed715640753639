// SPDX-License-Identifier: BSD-3-Clause
package import Failures
import Platform
import Prefix

/// The first look of every command at an environment that exists.
package enum EnvironmentRecovery {
    /// For commands that read: they change nothing. Words for the user when a change of `prefix` was interrupted.
    package static func notice(_ prefix: String) -> String? {
        guard Recovery.standing(prefix) == .interrupted else { return nil }
        return "a change of \(prefix) was interrupted: `krait doctor -p \(prefix) --fix` ends it"
    }

    /// - Throws: `Failure(.usage)` when there is no environment at `prefix`; an empty root prefix is one.
    package static func requireEnvironment(_ prefix: String, root: String?) throws(Failure) {
        if FileSystem.exists(Path.join(prefix, "conda-meta/history")) { return }
        _ = try PrefixState.existing(prefix, root: root)
    }
}

extension Context {
    /// For commands that change the environment: finishes or undoes what a killed krait left in `prefix` and beside it;
    /// words for the user where there was something. With `--dry-run` it is only told.
    ///
    /// - Parameter isForced: end also what it cannot be told of who began it (`doctor --fix`).
    /// - Throws: `Failure` when it cannot be ended, or when somebody else began it.
    package func endInterrupted(_ prefix: String, isForced: Bool = false) throws(Failure) -> String? {
        if prefix.isEmpty { return nil }
        if isDry { return EnvironmentRecovery.notice(prefix) }
        StagingDirectory.removeLeft(in: UnpackingDirectory.place(beside: prefix), key: changeKey)
        StagingDirectory.settle(prefix, key: changeKey)
        switch try Recovery.run(prefix, key: changeKey, isForced: isForced) {
        case .none, .busy: return nil
        case .undone: return "an interrupted change of \(prefix) was undone"
        case .finished: return "an interrupted change of \(prefix) was finished"
        }
    }

    /// What ending an interrupted change of `prefix` would do, for people; nil when there is none.
    package func interruptedChange(_ prefix: String) throws(Failure) -> String? { try Recovery.description(prefix) }
}
