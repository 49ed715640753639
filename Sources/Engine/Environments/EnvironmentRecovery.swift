// SPDX-License-Identifier: BSD-3-Clause
package import Failures
import Platform
import Prefix

/// The first look of every command at an environment that exists.
package enum EnvironmentRecovery {
    /// Finishes or undoes what a killed krait left in `prefix`; words for the user where there was something.
    ///
    /// Commands that only read go on in any case: what cannot be repaired now, on a read-only disk say, is told.
    package static func run(_ prefix: String) -> String? {
        do throws(Failure) {
            return try end(prefix)
        } catch {
            return "an interrupted change of \(prefix) could not be repaired: \(error.subject): \(error.reason)"
        }
    }

    /// The same for commands that change the environment: they do not go on with what cannot be repaired.
    static func end(_ prefix: String) throws(Failure) -> String? {
        UnpackingDirectory.removeLeft(for: prefix)
        switch try Recovery.run(prefix) {
        case .none, .busy: return nil
        case .undone: return "an interrupted change of \(prefix) was undone"
        case .finished: return "an interrupted change of \(prefix) was finished"
        }
    }

    /// - Throws: `Failure(.usage)` when there is no environment at `prefix`; an empty root prefix is one.
    package static func requireEnvironment(_ prefix: String, root: String?) throws(Failure) {
        if FileSystem.exists(Path.join(prefix, "conda-meta/history")) { return }
        guard try PrefixState.read(prefix, root: root) != nil else { throw notAnEnvironment(prefix) }
    }
}
