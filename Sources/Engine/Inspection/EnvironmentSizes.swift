// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Configuration
package import Failures
import Platform
import Prefix

/// What an environment consists of by weight: packages, directories, python files that are not compiled, licences, and what
/// leaving files out would save (`env report`).
package struct EnvironmentSizes: Sendable {
    /// Some files together.
    package struct Part: Sendable {
        package var name: String
        package var files = 0
        package var bytes: UInt64 = 0

        package init(name: String, files: Int = 0, bytes: UInt64 = 0) {
            self.name = name
            self.files = files
            self.bytes = bytes
        }

        fileprivate mutating func add(_ size: UInt64) {
            files += 1
            bytes += size
        }
    }

    /// One package.
    package struct Package: Sendable {
        package var part: Part
        package var version: String
        /// As the package says; empty where it says nothing.
        package var license: String
        /// Python files without a compiled one, and their bytes.
        package var uncompiled: Part
    }

    package let prefix: String
    /// The heaviest first, as all lists here.
    package let packages: [Package]
    package let directories: [Part]
    /// Of packages that say no licence under an empty name; counts packages, not files.
    package let licenses: [Part]
    /// What each rule of `--exclude` would leave out.
    package let savings: [LeftOutFiles.Saving]
    /// All files of packages.
    package let total: Part

    /// Weighs what the records list; what they tell no size of is looked at.
    package init(_ prefix: String, context: Context) throws(Failure) {
        let state = try PrefixState.existing(prefix, root: context.settings.rootPrefix)
        self.prefix = prefix
        let tag = try? state.pythonLayout()?.cacheTag
        let rules = try LeftOutFiles(LeftOutFiles.names)
        var savings = rules?.none ?? []
        var packages: [Package] = []
        var directories: [String: Part] = [:]
        var licenses: [String: Part] = [:]
        var total = Part(name: "")
        for record in state.records {
            try context.cancellation.check()
            let head = try record.head().record
            let paths = try record.paths().filter { $0.kind != .directory }
            var package = Package(
                part: Part(name: record.name), version: record.version, license: head.license ?? "",
                uncompiled: Part(name: record.name))
            let names = Set(paths.map(\.path))
            for path in paths {
                let size =
                    path.size ?? (try? FileSystem.status(Path.join(prefix, path.path), followLinks: false)?.size) ?? 0
                package.part.add(size)
                let place = Self.directory(of: path.path)
                directories[place, default: Part(name: place)].add(size)
                if let rules { rules.add(path.path, size, source: prefix, to: &savings) }
                if let tag, let compiled = Self.compiled(path.path, tag) {
                    if !names.contains(compiled) { package.uncompiled.add(size) }
                }
            }
            licenses[package.license, default: Part(name: package.license)].add(package.part.bytes)
            total.files += package.part.files
            total.bytes += package.part.bytes
            packages.append(package)
        }
        func heavier(_ one: Part, _ other: Part) -> Bool {
            one.bytes != other.bytes
                ? one.bytes > other.bytes : one.name.utf8.lexicographicallyPrecedes(other.name.utf8)
        }
        self.packages = packages.sorted { heavier($0.part, $1.part) }
        self.directories = directories.values.sorted(by: heavier)
        self.licenses = licenses.values.sorted(by: heavier)
        self.savings = savings
        self.total = total
    }

    /// Where a file belongs to: a python package or module, else the first two directories.
    private static func directory(of path: String) -> String {
        let parts = path.split(separator: "/")
        let isPython = parts.count > 3 && parts[0] == "lib" && parts[1].hasPrefix("python")
        let depth = isPython ? (parts[2] == "site-packages" ? 4 : 3) : 2
        return parts.prefix(min(depth, parts.count - 1)).joined(separator: "/")
    }

    /// Where the compiled form of a python file is; nil for what python never imports.
    private static func compiled(_ path: String, _ tag: String) -> String? {
        guard path.hasSuffix(".py"), path.hasPrefix("lib/python") else { return nil }
        return "\(Path.parent(path))/__pycache__/\(Path.name(path).dropLast(3)).\(tag).pyc"
    }
}
