// SPDX-License-Identifier: BSD-3-Clause

import Codecs
import Conda
package import Failures
package import Platform

/// Filling the store from what is linked, without a change to it: python compiles the sources for the store alone.
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
    /// compiled file there, and is as its package shipped it. Python compiles it again, since only that tells what is in
    /// the file.
    ///
    /// - Parameter root: the environment, open, at `rootPath`.
    package func learn(
        of plan: LinkPlan, at root: DirectoryReference, rootPath: String, cancellation: Cancellation? = nil
    ) throws(Failure) -> Lesson {
        var lesson = Lesson()
        try fill(plan, at: root, rootPath, ofUse: true, &lesson, cancellation)
        return lesson
    }

    /// Compiles for the store what it lacks of packages that were linked below `root` a moment ago, each with all of its
    /// files. What is done when the work is stopped stays in the store.
    ///
    /// - Throws: `Failure` when python does not run, when nothing can be kept, and when the work is stopped.
    package func prepare(
        _ plan: LinkPlan, at root: DirectoryReference, rootPath: String, cancellation: Cancellation
    ) throws(Failure) {
        var lesson = Lesson()
        try fill(plan, at: root, rootPath, ofUse: false, &lesson, cancellation)
    }

    /// Compiles the sources that the store lacks.
    ///
    /// - Parameter ofUse: only those that have a compiled file in the environment, and are as they were shipped.
    private func fill(
        _ plan: LinkPlan, at root: DirectoryReference, _ rootPath: String, ofUse: Bool, _ lesson: inout Lesson,
        _ cancellation: Cancellation?
    ) throws(Failure) {
        guard let store, let python = plan.python else { return }
        let directories = CompiledFiles.directories(of: plan)
        let shelves = CompiledShelves(store, directories, plan, python, mode)
        let staging = Path.join(store.directory, temporaryName(prefix: ".staging-"))
        var missing: [Missing] = []
        for (number, directory) in directories.enumerated() {
            let manifest = plan.registry.packages[directory.package].manifest
            for (index, entry) in directory.entries.enumerated() {
                let stem = CompiledFiles.stem(entry, manifest)
                let source = "\(directory.path)/\(stem).py"
                let own = "\(directory.compiled)/\(stem).\(python.cacheTag).pyc"
                guard let stored = shelves.path(directory, entry, manifest), !FileSystem.exists(stored),
                    !ofUse || FileSystem.exists(own, at: root)
                else { continue }
                guard !ofUse || isShipped(source, manifest.entries[entry], manifest, at: root) else {
                    lesson.changed += 1
                    continue
                }
                missing.append(
                    Missing(
                        directory: number, index: index, source: source, compiled: "\(staging)/\(missing.count).pyc",
                        size: manifest.entries[entry].size, stored: stored))
            }
        }
        guard !missing.isEmpty else { return }
        try FileSystem.createDirectories(staging)
        defer { try? FileSystem.removeTree(staging) }
        let compiled: [Missing]
        var failure: Failure?
        do throws(Failure) {
            let came = try compile(missing, python, rootPath, cancellation)
            compiled = zip(missing, came).filter { $0.1 == .compiled }.map(\.0)
        } catch {
            // Python 3 puts a file in its place when it is whole.
            compiled = missing.filter { python.major > 2 && FileSystem.exists($0.compiled) }
            failure = error
        }
        keep(compiled, at: root)
        lesson.learned += compiled.count
        if let failure { throw failure }
        lesson.failed += missing.count - compiled.count
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
