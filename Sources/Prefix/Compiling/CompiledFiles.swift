// SPDX-License-Identifier: BSD-3-Clause

import Conda

/// The `.pyc` files that belong to the Python sources of noarch packages (conda-spec §12.7).
enum CompiledFiles {
    /// The sources of one directory.
    struct Directory: Sendable {
        /// The number of the package in the plan.
        var package: Int
        /// Relative to the prefix.
        var path: String
        /// Places of the sources in the package's manifest.
        var entries: [Int]

        /// Where the compiled files go.
        var compiled: String { "\(path)/__pycache__" }
    }

    /// Where `plan` will have compiled files, should compiling be asked for.
    static func expected(of plan: LinkPlan) -> [String] {
        guard plan.options.compiles, let python = plan.python else { return [] }
        return directories(of: plan).flatMap { directory in
            let manifest = plan.registry.packages[directory.package].manifest
            return directory.entries.map { "\(directory.compiled)/\(stem($0, manifest)).\(python.cacheTag).pyc" }
        }
    }

    /// The sources of noarch packages below site-packages that are in their place.
    static func directories(of plan: LinkPlan) -> [Directory] {
        guard let python = plan.python else { return [] }
        var found: [Directory] = []
        for (number, group) in plan.registry.groups.enumerated() where group.manifestDirectory >= 0 {
            let package = plan.registry.packages[Int(group.package)]
            guard package.isNoarchPython else { continue }
            let manifest = package.manifest
            let directory = manifest.path(of: manifest.directories[Int(group.manifestDirectory)])
            guard directory == "site-packages" || directory.hasPrefix("site-packages/") else { continue }
            let hasExceptions = plan.groupsWithExceptions.contains(Int32(number))
            let shipped = shippedNames(manifest, directory)
            var entries: [Int] = []
            for index in manifest.directories[Int(group.manifestDirectory)].entries {
                guard isSource(manifest.entries[index], manifest) else { continue }
                let claim = PathRegistry.Claim(group: Int32(number), entry: Int32(index))
                if hasExceptions, plan.exceptions[claim] != nil { continue }
                // What the package has compiled itself is its own.
                if !shipped.isEmpty, shipped.contains("\(stem(index, manifest)).\(python.cacheTag).pyc") { continue }
                entries.append(index)
            }
            guard !entries.isEmpty else { continue }
            let place = plan.registry.path(of: group.directory)
            found.append(Directory(package: Int(group.package), path: place, entries: entries))
        }
        return found
    }

    private static func isSource(_ entry: LinkManifest.Entry, _ manifest: LinkManifest) -> Bool {
        guard entry.kind == .hardLink, entry.pathLength - entry.nameOffset > 3 else { return false }
        let end = Int(entry.path) + Int(entry.pathLength)
        return manifest.text[end - 3] == UInt8(ascii: ".") && manifest.text[end - 2] == UInt8(ascii: "p")
            && manifest.text[end - 1] == UInt8(ascii: "y")
    }

    /// The name of the source at `index` without `.py`.
    static func stem(_ index: Int, _ manifest: LinkManifest) -> String {
        String(decoding: manifest.text[stemRange(index, manifest)], as: UTF8.self)
    }

    /// Where the name of the source at `index` without `.py` lies in the manifest's text.
    static func stemRange(_ index: Int, _ manifest: LinkManifest) -> Range<Int> {
        let entry = manifest.entries[index]
        return Int(entry.path) + Int(entry.nameOffset)..<Int(entry.path) + Int(entry.pathLength) - 3
    }

    private static func shippedNames(_ manifest: LinkManifest, _ directory: String) -> Set<String> {
        let wanted = "\(directory)/__pycache__"
        guard let cache = manifest.directories.first(where: { manifest.path(of: $0) == wanted }) else { return [] }
        return Set(
            cache.entries.map {
                String(manifest.path(of: manifest.entries[$0]).utf8.dropFirst(wanted.utf8.count + 1)) ?? ""
            })
    }
}
