// SPDX-License-Identifier: BSD-3-Clause
import Configuration
package import Failures
import Platform
import Prefix

/// The removal of a whole environment.
package struct EnvironmentRemoval: Sendable {
    package let prefix: String
    /// How many packages go with it.
    package let packageCount: Int
    private let context: Context

    /// - Throws: `Failure(.usage)` when there is no environment at `prefix`.
    package init(prefix: String, context: Context) throws(Failure) {
        guard let state = try PrefixState.read(prefix) else { throw notAnEnvironment(prefix) }
        if context.settings.rootPrefix == prefix {
            throw Failure(.usage, prefix, "is the root prefix, which holds the other environments")
        }
        try PrefixFiles.checkFrozen(prefix)
        self.prefix = prefix
        self.context = context
        packageCount = state.records.count
    }

    /// Takes the environment out of sight at one instant, and then removes it.
    package func run() throws(Failure) {
        let away = Path.join(Path.parent(prefix), temporaryName(prefix: ".krait-removed-"))
        do throws(Failure) {
            try FileSystem.rename(from: prefix, to: away)
            try FileSystem.removeTree(away)
        } catch {
            // A mount point cannot be renamed: then what is in it goes.
            guard FileSystem.exists(prefix) else { throw error }
            for entry in try FileSystem.entries(prefix) { try FileSystem.removeTree("\(prefix)/\(entry.name)") }
        }
        if let home = context.environment.homeDirectory { EnvironmentsFile(home: home).deregister(prefix) }
    }
}
