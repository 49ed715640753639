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
        _ = try context.endInterrupted(prefix)
        let state = try PrefixState.existing(prefix)
        guard !Self.holdsOthers(prefix, root: context.settings.rootPrefix) else {
            throw Failure(.usage, prefix, "is the root prefix, which holds the other environments")
        }
        try PrefixFiles.checkFrozen(prefix)
        self.prefix = prefix
        self.context = context
        packageCount = state.records.count
        // One that cannot be read goes all the same.
        packages = (try? state.heads().map(\.record)) ?? []
    }

    /// Whether the root prefix is `prefix` or lies in it, whatever links lead there.
    static func holdsOthers(_ prefix: String, root: String?) -> Bool {
        root.map { FileSystem.isWithin($0, prefix) } ?? false
    }

    /// What ``run()`` would be refused, before anything is done for it.
    ///
    /// - Throws: `Failure(.system)` when the environment is another user's.
    package func checkPermission() throws(Failure) {
        let parent = Path.parent(prefix)
        if SystemCall.isAccessible(parent, [.write, .execute]) { return }
        // What is in a mount point can go, if it is this user's.
        if let status = try FileSystem.status(prefix, followLinks: false), status.isOwn { return }
        throw Failure(
            .system, parent, "the directory is not writable",
            hint: "run as its owner; `--clone` of create makes a copy of what is another's",
            cause: UnwritableEnvironment(prefix: prefix))
    }

    private func lock() throws(Failure) -> PrefixLock {
        do throws(Failure) {
            let root = try Descriptor.openDirectory(prefix)
            let lock = try PrefixLock(
                at: root.reference, prefix: prefix, seconds: context.settings[.lockTimeout], key: context.changeKey,
                cancellation: context.cancellation)
            // Another process may have removed it while this one waited.
            guard FileSystem.exists("conda-meta", at: root.reference) else { throw notAnEnvironment(prefix) }
            return lock
        } catch {
            throw error.errno == .noEntry ? notAnEnvironment(prefix) : error
        }
    }

    /// Takes the environment out of sight at one instant, and then removes it; the next command on the prefix removes
    /// what a killed one leaves.
    ///
    /// - Throws: `Failure(.lockTimeout)` while another process changes the environment.
    package func run() throws(Failure) {
        let lock = try lock()
        defer { withExtendedLifetime(lock) {} }
        do throws(Failure) {
            try StagingDirectory.removeTree(prefix, key: context.changeKey)
        } catch {
            // A mount point cannot be renamed: then what is in it goes, and last what says that it is an environment.
            // So it does behind a link, unless somebody else has put that link there.
            guard let status = try FileSystem.status(prefix, followLinks: false),
                status.kind == .directory || status.kind == .symbolicLink && (status.isOwn || status.owner == 0)
            else { throw error }
            let opened = try Descriptor.openDirectory(prefix)
            do throws(Errno) {
                try SystemCall.removeContents(of: opened, last: "conda-meta")
            } catch {
                var failure = Failure(error, prefix, "remove")
                if [.access, .notPermitted, .readOnly].contains(error) {
                    failure.cause = UnwritableEnvironment(prefix: prefix)
                }
                throw failure
            }
        }
        if let home = context.environment.homeDirectory, home == context.environment.ownHomeDirectory {
            EnvironmentsFile(home: home).deregister(prefix)
        }
    }
}
