// SPDX-License-Identifier: BSD-3-Clause

import Conda

/// The `.pyc` files that belong to the Python sources of noarch packages (Rules §12.7).
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
        var shipped = ShippedDirectories()
        let isNoarch = plan.registry.packages.map(\.isNoarchPython)
        for (number, group) in plan.registry.groups.enumerated() where group.manifestDirectory >= 0 {
            guard isNoarch[Int(group.package)] else { continue }
            let manifest = plan.registry.packages[Int(group.package)].manifest
            guard isBelowSitePackages(manifest.directories[Int(group.manifestDirectory)], manifest) else { continue }
            let hasExceptions = plan.groupsWithExceptions.contains(Int32(number))
            let own = shipped.names(beside: group, manifest)
            var entries: [Int] = []
            for index in manifest.directories[Int(group.manifestDirectory)].entries {
                guard isSource(manifest.entries[index], manifest) else { continue }
                let claim = PathRegistry.Claim(group: Int32(number), entry: Int32(index))
                if hasExceptions, plan.exceptions[claim] != nil { continue }
                // What the package has compiled itself is its own.
                if !own.isEmpty, own.contains("\(stem(index, manifest)).\(python.cacheTag).pyc") { continue }
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

    private static func isBelowSitePackages(_ directory: LinkManifest.Directory, _ manifest: LinkManifest) -> Bool {
        let path = manifest.text[Int(directory.path)..<Int(directory.path) + Int(directory.pathLength)]
        let top = "site-packages".utf8
        return path.starts(with: top) && (path.count == top.count || path[path.startIndex + top.count] == slash)
    }

    private static let slash = UInt8(ascii: "/")
}

/// The `__pycache__` directories that packages bring themselves, looked for once a package.
private struct ShippedDirectories {
    private var package: Int32 = -1
    /// By the number of the directory they lie in.
    private var directories: [UInt32: LinkManifest.Directory] = [:]

    /// The names of the compiled files that the package of `group` has for the sources of `group`.
    mutating func names(beside group: PathRegistry.Group, _ manifest: LinkManifest) -> Set<String> {
        if group.package != package { look(group.package, manifest) }
        guard let directory = directories[UInt32(group.manifestDirectory)] else { return [] }
        return Set(directory.entries.map { String(decoding: manifest.name(of: UInt32($0)), as: UTF8.self) })
    }

    private mutating func look(_ number: Int32, _ manifest: LinkManifest) {
        package = number
        directories = [:]
        for directory in manifest.directories where directory.pathLength > 0 {
            let end = Int(directory.path) + Int(directory.pathLength)
            let name = "__pycache__".utf8
            guard Int(directory.pathLength) > name.count + 1, manifest.text[end - name.count - 1] == UInt8(ascii: "/"),
                manifest.text[(end - name.count)..<end].elementsEqual(name)
            else { continue }
            directories[directory.parent] = directory
        }
    }
}
