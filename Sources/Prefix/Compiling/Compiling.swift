// SPDX-License-Identifier: BSD-3-Clause

import Codecs
package import Conda
package import Failures
package import Platform
import Synchronization

/// Compiles the Python sources of noarch packages that have just been linked, as conda does (Rules §12.7).
package struct Compiling: Sendable {
    package var mode: CompilingMode
    /// Where compiled files are kept for other environments; nil keeps none.
    package var store: CompiledStore?
    /// The variables that python starts with.
    package var environment: [String: String]
    package var workers: Int?
    /// Seconds without a word after which python is ended.
    package var silence: UInt64 = 30
    /// Whether what is in the store may be linked; if not, all is compiled and kept anew.
    package var trustsStore = true
    /// Told how many of so many files are done with, in any order.
    package var progressed: (@Sendable (_ done: Int, _ total: Int) -> Void)?

    package init(
        mode: CompilingMode, store: CompiledStore?, environment: [String: String], workers: Int? = nil
    ) {
        self.mode = mode
        self.store = store
        self.environment = environment
        self.workers = workers
    }

    /// What came of it.
    package struct Report: Sendable, Equatable {
        /// Files that python compiled now.
        package var compiled = 0
        /// Files that came from the store.
        package var linked = 0
        /// Sources that python could not compile; packages carry some that are not meant for it.
        package var refused = 0
        /// Sources at which python died or hung.
        package var lost: [String] = []
        /// Why python did not run at all.
        package var failure: String?

        package init() {}
    }

    /// A source that the store does not have.
    struct Missing {
        /// The directory's number, and the source's within it.
        var directory: Int
        var index: Int
        var source: String
        var compiled: String
        var size: UInt64
        /// Its name in the store, nil for sources that were changed when linked.
        var stored: String?
    }

    /// Compiles the sources of `linked`, whose files are below `root`, an open directory at `rootPath`.
    package func run(
        _ linked: inout LinkedPackages, at root: DirectoryReference, rootPath: String,
        cancellation: Cancellation? = nil
    ) throws(Failure) -> Report {
        var report = Report()
        guard mode != .none, let python = linked.plan.python else { return report }
        let directories = CompiledFiles.directories(of: linked.plan)
        guard !directories.isEmpty else { return report }
        if !trustsStore, let store {
            for package in linked.plan.registry.packages { store.forget(package) }
        }
        let shelves = CompiledShelves(store, directories, linked.plan, python, mode)
        var done = try linkStored(directories, shelves, linked.plan, python, at: root)
        report.linked = done.reduce(0) { $0 + $1.count { $0 } }
        let missing = missing(directories, shelves, done, linked.plan, python)
        if !missing.isEmpty {
            do throws(Failure) {
                let came = try compile(missing, python, rootPath, cancellation)
                for (file, outcome) in zip(missing, came) {
                    done[file.directory][file.index] = outcome == .compiled
                    if outcome == .lost {
                        report.lost.append(file.source)
                        discard(file, at: root)
                    }
                }
                report.compiled = came.count { $0 == .compiled }
                report.refused = came.count { $0 == .refused }
                keep(zip(missing, came).filter { $0.1 == .compiled }.map(\.0), at: root)
            } catch {
                try cancellation?.check()
                // An environment may do without compiled files, not with a disk in trouble.
                if let errno = error.errno, errno.isFault { throw error }
                report.failure = "\(error.subject): \(error.reason)"
            }
        }
        for (directory, isDone) in zip(directories, done) {
            let manifest = linked.plan.registry.packages[directory.package].manifest
            for (index, entry) in directory.entries.enumerated() where isDone[index] {
                let path = "\(directory.compiled)/\(CompiledFiles.stem(entry, manifest)).\(python.cacheTag).pyc"
                linked.records.compiled[directory.package].append(PrefixPath(path: path, kind: .compiled))
            }
        }
        return report
    }

    /// Links what the store has; one look for each package that it has nothing of.
    private func linkStored(
        _ directories: [CompiledFiles.Directory], _ shelves: CompiledShelves, _ plan: LinkPlan,
        _ python: PythonLayout, at root: DirectoryReference
    ) throws(Failure) -> [[Bool]] {
        let done = Mutex(directories.map { [Bool](repeating: false, count: $0.entries.count) })
        let present = directories.indices.filter { shelves.isPresent(directories[$0].package) }
        let piece = 8
        let ending = Array(".\(python.cacheTag).pyc".utf8) + [0]
        try forEachInParallel(
            (present.count + piece - 1) / piece, workers: workers ?? processorCount(), name: "pyc"
        ) { (number) throws(Failure) in
            for place in present[number * piece..<min(present.count, (number + 1) * piece)] {
                let linked = shelves.link(directories[place], plan, ending, at: root)
                done.withLock { $0[place] = linked }
            }
        }
        return done.withLock { $0 }
    }

    private func missing(
        _ directories: [CompiledFiles.Directory], _ shelves: CompiledShelves, _ done: [[Bool]], _ plan: LinkPlan,
        _ python: PythonLayout
    ) -> [Missing] {
        var missing: [Missing] = []
        for (number, directory) in directories.enumerated() {
            let manifest = plan.registry.packages[directory.package].manifest
            for (index, entry) in directory.entries.enumerated() where !done[number][index] {
                let stem = CompiledFiles.stem(entry, manifest)
                missing.append(
                    Missing(
                        directory: number, index: index, source: "\(directory.path)/\(stem).py",
                        compiled: "\(directory.compiled)/\(stem).\(python.cacheTag).pyc",
                        size: manifest.entries[entry].size, stored: shelves.path(directory, entry, manifest)))
            }
        }
        return missing
    }

    /// Has python compile `files`, as many processes as workers, each with about as much to do.
    func compile(
        _ files: [Missing], _ python: PythonLayout, _ rootPath: String, _ cancellation: Cancellation?
    ) throws(Failure) -> [CompilerProcess.Outcome] {
        // A process costs about as much as compiling thirty files.
        let count = max(1, min(workers ?? processorCount(), files.count / 30))
        var shares = [[Int]](repeating: [], count: count)
        var weights = [UInt64](repeating: 0, count: count)
        for index in files.indices.sorted(by: { files[$0].size > files[$1].size }) {
            let lightest = weights.indices.min { weights[$0] < weights[$1] } ?? 0
            shares[lightest].append(index)
            weights[lightest] += files[index].size + 2000
        }
        let done = Mutex(files.map { _ in CompilerProcess.Outcome.lost })
        let split = shares
        let heard = Atomic<Int>(0)
        progressed?(0, files.count)
        // Where whoever comes after a kill removes it.
        let folder =
            FileSystem.isDirectory(Path.join(rootPath, TransactionDirectory.path))
            ? TransactionDirectory.path : TransactionDirectory.metadata
        try forEachInParallel(count, workers: count, name: "compile") { (number) throws(Failure) in
            try cancellation?.check()
            let share = split[number]
            let results = try CompilerProcess.compile(
                share.map { (files[$0].source, files[$0].compiled) },
                python: "\(rootPath)/\(python.executable)", mode: mode, root: rootPath, environment: environment,
                listName: "\(folder)/.krait-compile-\(number)", silence: silence, cancellation: cancellation
            ) { count in
                progressed?(heard.wrappingAdd(count, ordering: .relaxed).newValue, files.count)
            }
            done.withLock { done in
                for (index, isDone) in zip(share, results) { done[index] = isDone }
            }
        }
        return done.withLock { $0 }
    }

    /// Removes what a python that died has left of a file: half of it, under a name that begins like its own.
    private func discard(_ file: Missing, at root: DirectoryReference) {
        let folder = Path.parent(file.compiled)
        let name = Path.name(file.compiled)
        var beneath = Beneath(root)
        for entry in (try? FileSystem.entries(folder, at: root)) ?? [] where entry.name.hasPrefix(name) {
            try? beneath.unlink(Path.join(folder, entry.name))
        }
    }

    /// Links new compiled files into the store; what the store cannot take is not worth a failure.
    func keep(_ files: [Missing], at root: DirectoryReference) {
        var shelves: [String: Bool] = [:]
        for file in files {
            guard let stored = file.stored else { continue }
            let shelf = Path.parent(stored)
            if shelves[shelf] == nil {
                try? FileSystem.createDirectories(shelf)
                shelves[shelf] = !CompiledShelves.hasOtherModes(shelf)
            }
            guard shelves[shelf] == true else { continue }
            do throws(Errno) {
                try SystemCall.link(from: file.compiled, at: root, to: stored, at: .currentDirectory)
            } catch {
                if error == .exists { continue }
                let temporary = Path.join(shelf, temporaryName())
                guard
                    (try? SystemCall.copyFile(
                        from: file.compiled, at: root, to: temporary, at: .currentDirectory)) != nil
                else { return }
                try? FileSystem.rename(from: temporary, to: stored)
            }
        }
    }
}
