// SPDX-License-Identifier: BSD-3-Clause

import Codecs
import Conda
package import Failures
package import Platform

extension Compiling {
    /// What was learned of an environment.
    package struct Lesson: Sendable, Equatable {
        /// Files that the store has now and had not.
        package var learned = 0
        /// Compiled files of sources that are not as their packages shipped them.
        package var changed = 0
        /// Sources at which python died or hung, or which it could not compile.
        package var failed = 0

        package init() {}
    }

    /// Keeps in the store what the environment of `plan` has compiled and the store has not: of each source that has a
    /// compiled file there, and is as its package shipped it. Python compiles it again for the store, since only that tells
    /// what is in the file; nothing in the environment changes.
    ///
    /// - Parameter root: the environment, open, at `rootPath`.
    package func learn(
        of plan: LinkPlan, at root: DirectoryReference, rootPath: String, cancellation: Cancellation? = nil
    ) throws(Failure) -> Lesson {
        var lesson = Lesson()
        guard let store, let python = plan.python else { return lesson }
        let directories = CompiledFiles.directories(of: plan)
        let shelves = CompiledShelves(store, directories, plan, python, mode)
        let staging = Path.join(store.directory, temporaryName(prefix: ".staging-"))
        var missing: [Missing] = []
        for (number, directory) in directories.enumerated() {
            let manifest = plan.registry.packages[directory.package].manifest
            for (index, entry) in directory.entries.enumerated() {
                let stem = CompiledFiles.stem(entry, manifest)
                let own = "\(directory.compiled)/\(stem).\(python.cacheTag).pyc"
                guard let stored = shelves.path(directory, entry, manifest), !FileSystem.exists(stored),
                    FileSystem.exists(own, at: root)
                else { continue }
                let source = "\(directory.path)/\(stem).py"
                guard isShipped(source, manifest.entries[entry], manifest, at: root) else {
                    lesson.changed += 1
                    continue
                }
                missing.append(
                    Missing(
                        directory: number, index: index, source: source, compiled: "\(staging)/\(missing.count).pyc",
                        size: manifest.entries[entry].size, stored: stored))
            }
        }
        guard !missing.isEmpty else { return lesson }
        try FileSystem.createDirectories(staging)
        defer { try? FileSystem.removeTree(staging) }
        let came = try compile(missing, python, rootPath, cancellation)
        let compiled = zip(missing, came).filter { $0.1 == .compiled }.map(\.0)
        keep(compiled, at: root)
        lesson.learned = compiled.count
        lesson.failed = missing.count - compiled.count
        return lesson
    }

    /// Whether the file at `path` is what its package shipped.
    private func isShipped(
        _ path: String, _ entry: LinkManifest.Entry, _ manifest: LinkManifest, at root: DirectoryReference
    ) -> Bool {
        guard let digest = manifest.digest(of: entry), entry.size <= 1 << 26,
            let bytes = try? readFile(path, limit: 1 << 26, at: root)
        else { return false }
        return sha256(of: bytes) == digest
    }
}
