// SPDX-License-Identifier: BSD-3-Clause
package import Conda
import Configuration
package import Failures
import Platform
import Prefix

/// The removal of a whole environment.
package struct EnvironmentRemoval: Sendable {
    package let prefix: String
    /// How many packages go with it.
    package let packageCount: Int
    /// What goes.
    package let packages: [PackageRecord]
    private let context: Context

    /// - Throws: `Failure(.usage)` when there is no environment at `prefix`.
    package init(prefix: String, context: Context) throws(Failure) {
        _ = try EnvironmentRecovery.end(prefix)
        guard let state = try PrefixState.read(prefix) else { throw notAnEnvironment(prefix) }
        if context.settings.rootPrefix == prefix {
            throw Failure(.usage, prefix, "is the root prefix, which holds the other environments")
        }
        try PrefixFiles.checkFrozen(prefix)
        self.prefix = prefix
        self.context = context
        packageCount = state.records.count
        // One that cannot be read goes all the same.
        packages = (try? state.heads().map(\.record)) ?? []
    }

    /// Takes the environment out of sight at one instant, and then removes it.
    ///
    /// Away from its place it has the name of one in the making, and this process holds its lock: the next command on
    /// the prefix removes what a killed one leaves.
    package func run() throws(Failure) {
        let opened = try Descriptor.openDirectory(prefix)
        let build = FreshPrefix.buildDirectory(of: prefix)
        let isFree = try FileLock.tryExclusive(opened, subject: prefix) && !FileSystem.exists(build)
        let away = isFree ? build : Path.join(Path.parent(prefix), temporaryName(prefix: ".krait-removed-"))
        do throws(Failure) {
            try FileSystem.rename(from: prefix, to: away, noReplace: true)
            try FileSystem.removeTree(away)
        } catch {
            // A mount point cannot be renamed: then what is in it goes, and last what says that it is an environment.
            guard FileSystem.exists(prefix) else { throw error }
            let names = try FileSystem.entries(prefix).map(\.name)
            for name in names.filter({ $0 != "conda-meta" }) + names.filter({ $0 == "conda-meta" }) {
                try FileSystem.removeTree("\(prefix)/\(name)")
            }
        }
        if let home = context.environment.homeDirectory { EnvironmentsFile(home: home).deregister(prefix) }
    }
}
