// SPDX-License-Identifier: BSD-3-Clause

import Conda
import Failures
import Platform

/// The end of a new environment that stands in its place and was never finished: removed file by file, as its own records
/// name them, so that what somebody has put there stays.
enum UnfinishedEnvironment {
    private static let metadataFiles = ["history", "state"]

    /// Removes what the environment's records name; may be stopped and repeated.
    ///
    /// - Throws: `Failure` when something else is there and it cannot be told who began the environment.
    static func remove(_ prefix: String, at root: DirectoryReference, key: ChangeKey) throws(Failure) {
        guard let state = try PrefixState.read(prefix) else { return try removeDirectories(prefix, at: root) }
        var paths: [PrefixPath] = []
        for record in state.records { paths += try record.paths() }
        let files = paths.filter { $0.kind != .directory }.map(\.path)
            .filter { !$0.hasPrefix(TransactionDirectory.metadata + "/") }
        if !key.isThere { try requireNothingElse(prefix, files) }
        var tree = Beneath(root, links: .followedBeneath)
        for path in files {
            do throws(Errno) {
                try tree.unlink(path)
            } catch {
                guard error == .noEntry || error == .notDirectory || error == .isDirectory else {
                    throw Failure(error, Path.join(prefix, path), "remove")
                }
            }
        }
        let directories = paths.filter { $0.kind == .directory }.map(\.path)
        try DirectoryCleaning(removed: files, listed: directories).run(at: root)
        // The records tell what there is to remove: they go when all of it is gone.
        for name in state.records.map({ Path.name($0.path) }) + metadataFiles {
            try FileSystem.unlink("\(TransactionDirectory.metadata)/\(name)", at: root)
        }
        try removeDirectories(prefix, at: root)
    }

    private static func removeDirectories(_ prefix: String, at root: DirectoryReference) throws(Failure) {
        try TransactionDirectory.remove(at: root)
        try FileSystem.removeDirectory(TransactionDirectory.metadata, at: root)
        try FileSystem.removeDirectory(prefix)
    }

    private static func requireNothingElse(_ prefix: String, _ files: [String]) throws(Failure) {
        let known = Set(files.map { ExactPath($0) })
        let listing = try PrefixListing(prefix) { $0 == TransactionDirectory.metadata || $0.hasSuffix(".pyc") }
        guard let other = listing.files.keys.filter({ !known.contains($0) }).map(\.text).min() else { return }
        throw Failure(
            .other, prefix, "was never finished, and holds `\(other)`, which no package has",
            hint: "move away what is yours, and remove the rest with `krait env remove -p \(prefix)`")
    }
}
