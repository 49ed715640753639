// SPDX-License-Identifier: BSD-3-Clause

import Conda
package import Failures
package import Platform

/// The compiled files of an environment that is not linked anywhere. They come from the store; what it lacks is compiled
/// by the environment's own python, which for that is linked with what it needs into a directory that goes away.
package struct PackedCompilation: Sendable {
    /// A compiled file.
    struct File: Sendable {
        /// Relative to the prefix.
        var path: String
        /// Where its bytes are, absolute.
        var source: String
        /// Its source holds the prefix, and so was written anew.
        var isOfRewritten: Bool
        /// Its path in a store, relative to that; nil for what no store keeps.
        var shelf: String?

        /// The bytes. A file that goes by its source's time gets the time that the source is packed with.
        func bytes(madeAt time: Int64) throws(Failure) -> [UInt8] {
            var bytes = try readFile(source)
            // PEP 552: magic, flags, then time and size when the flags are 0.
            guard isOfRewritten, bytes.count >= 16, bytes[4..<8].allSatisfy({ $0 == 0 }) else { return bytes }
            for index in 0..<4 { bytes[8 + index] = UInt8(truncatingIfNeeded: time >> Int64(index * 8)) }
            return bytes
        }
    }

    /// By package: its compiled files, in the order of the record.
    var files: [[File]]
    /// Why python did not run, and how many files it refused.
    package private(set) var report = Compiling.Report()
    /// Holds files until this value goes.
    private var staging: StagingDirectory?

    /// No compiled files at all.
    package init(noneOf plan: LinkPlan) {
        files = Array(repeating: [], count: plan.registry.packages.count)
    }

    /// Finds or makes the compiled files of `plan`.
    ///
    /// - Parameters:
    ///   - place: where a directory may be made for a while, best on the file system of the cache.
    ///   - interpreter: gives a python of the same minor version, and what it needs, where the environment's own does not run
    ///     on this machine; asked only when something has to be compiled.
    package init(
        of plan: LinkPlan, _ compiling: Compiling, in place: String, key: ChangeKey,
        interpreter: (() throws(Failure) -> [LinkPackage])? = nil, cancellation: Cancellation?
    ) throws(Failure) {
        self.init(noneOf: plan)
        guard compiling.mode != .none, let python = plan.python else { return }
        let directories = CompiledFiles.directories(of: plan)
        let shelves = CompiledShelves(compiling.store, directories, plan, python, compiling.mode)
        var sources: [String: String] = [:]
        var missing: Set<Int> = []
        for directory in directories {
            let manifest = plan.registry.packages[directory.package].manifest
            for entry in directory.entries {
                if compiling.trustsStore, let stored = shelves.path(directory, entry, manifest),
                    FileSystem.exists(stored)
                {
                    sources[Self.path(directory, entry, manifest, python)] = stored
                } else {
                    missing.insert(directory.package)
                }
            }
        }
        if !missing.isEmpty {
            var others: [LinkPackage]?
            do throws(Failure) {
                others = try interpreter?()
            } catch {
                if let cancellation { try cancellation.check() }
                report.failure = "\(error.subject.isEmpty ? "" : "\(error.subject): ")\(error.reason)"
                missing = []
            }
            let made =
                missing.isEmpty ? [:] : try compile(missing, plan, compiling, in: place, key: key, others, cancellation)
            sources.merge(made) { $1 }
        }
        for directory in directories {
            let manifest = plan.registry.packages[directory.package].manifest
            for entry in directory.entries {
                let path = Self.path(directory, entry, manifest, python)
                guard let source = sources[path] else { continue }
                let isOfRewritten = manifest.entries[entry].placeholder != 0
                var file = File(path: path, source: source, isOfRewritten: isOfRewritten)
                if let store = compiling.store {
                    file.shelf = shelves.path(directory, entry, manifest).map {
                        String($0.dropFirst(store.directory.utf8.count + 1))
                    }
                }
                files[directory.package].append(file)
            }
        }
    }

    private static func path(
        _ directory: CompiledFiles.Directory, _ entry: Int, _ manifest: LinkManifest, _ python: PythonLayout
    ) -> String {
        "\(directory.compiled)/\(CompiledFiles.stem(entry, manifest)).\(python.cacheTag).pyc"
    }

    /// Links python with what it needs, and the packages that lack files, and has it compile them.
    ///
    /// - Parameter interpreter: another python than that of the plan.
    private mutating func compile(
        _ missing: Set<Int>, _ plan: LinkPlan, _ compiling: Compiling, in place: String, key: ChangeKey,
        _ interpreter: [LinkPackage]?, _ cancellation: Cancellation?
    ) throws(Failure) -> [String: String] {
        let staging = try StagingDirectory(in: place, key: key)
        self.staging = staging
        let names = Self.needed(by: "python", among: interpreter ?? plan.registry.packages)
        // The registry has the packages the other way round.
        let own = plan.registry.packages.indices.reversed().filter {
            missing.contains($0) || (interpreter == nil && names.contains(plan.registry.packages[$0].record.name))
        }.map { plan.registry.packages[$0] }
        let known = Set(own.map(\.record.name))
        let others = (interpreter ?? []).filter {
            names.contains($0.record.name) && !known.contains($0.record.name)
        }
        let packages = (others + own).map { package in
            var package = package
            // What is in the cache is linked and stays there.
            package.isStaged = false
            return package
        }
        let target = LinkTarget(root: staging.path, prefix: plan.target.prefix, platform: plan.target.platform)
        try FileSystem.createDirectory(TransactionDirectory.metadata, at: staging.root)
        let part = try LinkPlan(packages, target: target, options: plan.options)
        var linked = try part.execute(at: staging.root, isFresh: true, cancellation: cancellation)
        report = try compiling.run(
            &linked, at: staging.root, rootPath: staging.path, cancellation: cancellation)
        var made: [String: String] = [:]
        for file in linked.records.compiled.joined() { made[file.path] = "\(staging.path)/\(file.path)" }
        return made
    }

    /// The names of `name` and of everything that it depends on.
    private static func needed(by name: String, among packages: [LinkPackage]) -> Set<String> {
        var known: [String: PackageRecord] = [:]
        for package in packages { known[package.record.name] = package.record }
        var found: Set<String> = []
        var open = [name]
        while let name = open.popLast() {
            guard let record = known[name], found.insert(name).inserted else { continue }
            open += record.depends.compactMap { $0.split(separator: " ").first.map(String.init) }
        }
        return found
    }
}
