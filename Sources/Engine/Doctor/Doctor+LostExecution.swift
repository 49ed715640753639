// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures
import Packages
import Platform
import Prefix

extension Doctor {
    /// Files that were executable when they were linked and are not any more. Records tell no modes: entry points and what is
    /// in `python-scripts` always are executable, and of the rest the package in the cache tells what its archive says.
    /// Nothing is told of packages that are not there, nor of paths that several packages have.
    func lostExecution(
        _ state: PrefixState, besides known: Set<ExactPath>
    ) throws(Failure) -> [Diagnosis.Damage] {
        let root = try Descriptor.openDirectory(state.prefix)
        // A directory on the way may be another package's link, and what it leads to is that package's.
        var tree = Beneath(root.reference)
        let python = try state.pythonLayout()
        let installed = state.records.compactMap { record in (try? record.head()).map { (record, $0.record) } }
        var found: [Diagnosis.Damage] = []
        for ((file, record), entry) in zip(installed, context.packageCache.lookup(installed.map(\.1))) {
            try context.cancellation.check()
            let isPython = record.noarch == .python
            var paths = entry?.executables(isPython ? python : nil) ?? []
            if isPython {
                paths += ((try? file.paths()) ?? []).filter { $0.kind == .entryPoint }.map(\.path)
            }
            for path in paths where !known.contains(ExactPath(path)) {
                guard let status = try? tree.status(path), status.kind == .regular, status.mode & 0o100 == 0
                else { continue }
                found.append(Diagnosis.Damage(package: record.name, path: path, problem: .mode))
            }
        }
        if found.isEmpty { return [] }
        // What another package's file has taken the place of lies elsewhere.
        var owners: [ExactPath: [String]] = [:]
        for (file, record) in installed {
            for path in (try? file.paths()) ?? [] { owners[ExactPath(path.path), default: []].append(record.name) }
        }
        return found.filter { owners[ExactPath($0.path)] == [$0.package] }
    }
}

extension CacheEntry {
    /// Where in a prefix its executable files are; `python` is for packages whose files go where that has them.
    fileprivate func executables(_ python: PythonLayout?) -> [String] {
        manifest.entries.compactMap { entry in
            guard entry.kind == .hardLink else { return nil }
            let path = manifest.path(of: entry)
            let isExecutable = entry.mode & 0o100 != 0
            guard let python else { return isExecutable ? path : nil }
            for (part, place) in [("site-packages/", python.sitePackages + "/"), ("python-scripts/", "bin/")]
            where path.utf8.starts(with: part.utf8) {
                guard isExecutable || place == "bin/" else { return nil }
                return place + String(Substring(path.utf8.dropFirst(part.utf8.count)))
            }
            return isExecutable ? path : nil
        }
    }
}
