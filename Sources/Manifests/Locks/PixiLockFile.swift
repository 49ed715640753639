// SPDX-License-Identifier: BSD-3-Clause
package import Codecs
import Conda
package import Failures
import Locations

/// A `pixi.lock`, versions 4 to 7 (Rules §19.4).
package struct PixiLockFile: Sendable {
    /// One environment of the file.
    package struct Environment: Sendable {
        package var name: String
        package var channels: [String]
        package var indexes: [String]
        /// Packages by platform, in the file's order.
        package var packages: [(platform: String, items: [Reference])]
    }

    /// What an environment lists: a package by its place, or by the words of a source package.
    package enum Reference: Sendable, Equatable {
        case conda(String)
        case pypi(String)
        /// A package to be built from source, which krait does not do.
        case source(String)
    }

    package var environments: [Environment] = []
    /// Platform names and the subdirs they stand for (they differ in version 7 only).
    package var subdirs: [String: String] = [:]
    private var records: [String: [PackageRecord]] = [:]
    private var requirements: [String: LockedRequirement] = [:]

    /// What environment `name` holds for `platform`: a subdir, or what the file calls one of its platforms.
    /// - Throws: `Failure(.usage)` or `Failure(.unsatisfiable)` naming what the file has instead.
    package func environment(_ name: String, platform: String, subject: String) throws(Failure) -> LockedEnvironment {
        guard let found = environments.first(where: { $0.name == name }) else {
            throw Failure(
                .usage, subject, "has no environment `\(name)`",
                hint: "it has \(environments.map(\.name).joined(separator: ", ")): choose with -e")
        }
        let named = found.packages.first { $0.platform == platform }
        guard let packages = named ?? found.packages.first(where: { subdirs[$0.platform] == platform }) else {
            throw Failure(
                .unsatisfiable, subject, "environment `\(name)` has no packages for \(platform)",
                hint: "it has \(found.packages.map(\.platform).joined(separator: ", "))")
        }
        var environment = LockedEnvironment()
        environment.channels = found.channels
        environment.indexes = found.indexes
        let subdir = subdirs[packages.platform] ?? packages.platform
        for item in packages.items {
            switch item {
            case .conda(let location):
                let candidates = records[location] ?? []
                let record = candidates.first { $0.subdir == subdir || $0.subdir == "noarch" } ?? candidates.first
                guard let record else { throw Failure(.parse, subject, "`\(location)` is listed but not described") }
                environment.packages.append(LockedPackage(record: record))
            case .pypi(let location):
                environment.requirements.append(
                    requirements[location] ?? LockedRequirement(name: "", version: "", location: location))
            case .source(let words):
                throw Failure(
                    .usage, subject, "`\(words)` is a package to be built from source, which krait does not do",
                    hint: "build it first and lock the archive")
            }
        }
        return environment
    }
}

extension PixiLockFile {
    /// Reads a file whose name, for messages, is `subject`.
    /// - Throws: `Failure(.parse)` with file, line, column and what was expected.
    package init(root: YAMLNode, subject: String) throws(Failure) {
        let root = LockNode(node: root, subject: subject)
        let version = try root.required("version")
        guard let number = Int(try version.text()), (4...7).contains(number) else {
            throw Failure(
                .parse, version.place, "version \(try version.text()) of pixi.lock is not one that krait reads",
                hint: "krait reads versions 4 to 7; `pixi lock` rewrites older ones")
        }
        try readPlatforms(root, number)
        for item in try root.child("packages")?.items("a list of packages") ?? [] { try readPackage(item) }
        for pair in try root.required("environments").pairs("environments by name") {
            try readEnvironment(try pair.key.text(), pair.value, number)
        }
    }

    private mutating func readPlatforms(_ root: LockNode, _ version: Int) throws(Failure) {
        guard version >= 7 else { return }
        for item in try root.child("platforms")?.items("a list of platforms") ?? [] {
            let name = try item.required("name")
            let text = try name.text()
            guard !text.isEmpty, text.utf8.allSatisfy({ byte in Self.isPlatformByte(byte) }) else {
                throw name.expected("a platform name of letters, digits, `-` and `_`")
            }
            let subdir = item.child("subdir")
            let subdirText = try subdir?.text() ?? text
            guard Subdir.known.contains(subdirText) else {
                throw (subdir ?? name).expected("a platform such as linux-64")
            }
            guard subdirs.updateValue(subdirText, forKey: text) == nil else {
                throw Failure(.parse, name.place, "platform `\(text)` is defined twice")
            }
        }
    }

    private static func isPlatformByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }

    private mutating func readEnvironment(_ name: String, _ node: LockNode, _ version: Int) throws(Failure) {
        var environment = Environment(name: name, channels: [], indexes: try node.texts("indexes"), packages: [])
        for item in try node.child("channels")?.items("a list of channels") ?? [] {
            environment.channels.append(try item.required("url").text())
        }
        for pair in try node.child("packages")?.pairs("packages by platform") ?? [] {
            let platform = try pair.key.text()
            if version >= 7, subdirs[platform] == nil {
                throw Failure(.parse, pair.key.place, "platform `\(platform)` is not among the file's platforms")
            }
            if environment.packages.contains(where: { $0.platform == platform }) {
                throw Failure(.parse, pair.key.place, "platform `\(platform)` is listed twice")
            }
            var items: [Reference] = []
            for item in try pair.value.items("a list of packages") { items.append(try reference(item)) }
            environment.packages.append((platform, items))
        }
        environments.append(environment)
    }

    private func reference(_ item: LockNode) throws(Failure) -> Reference {
        if let location = item.child("conda") {
            let text = try location.text()
            return text.hasSuffix(".conda") || text.hasSuffix(".tar.bz2") ? .conda(text) : .source(text)
        }
        if let location = item.child("pypi") { return .pypi(try location.text()) }
        if let words = item.child("conda_source") { return .source(try words.text()) }
        throw item.expected("`conda:` or `pypi:`")
    }

    /// Where a package of a kind is: `conda: URL` from version 6 on, `kind: conda` with `url:` or `path:` before.
    private func place(of item: LockNode, _ wanted: String, _ kind: String?) -> LockNode? {
        guard let kind else { return item.child(wanted) }
        return kind == wanted ? item.child("url") ?? item.child("path") : nil
    }

    private mutating func readPackage(_ item: LockNode) throws(Failure) {
        let kind = try item.child("kind")?.text()
        if let location = place(of: item, "conda", kind) {
            let text = try location.text()
            guard text.hasSuffix(".conda") || text.hasSuffix(".tar.bz2") else { return }
            var record = try location.record(archiveAt: text)
            record.depends = try item.texts("depends")
            record.flags = try item.texts("flags")
            var groups: [(group: String, depends: [String])] = []
            for pair in try item.child(PackageRecord.extraDependsKey)?.pairs("dependencies by group") ?? [] {
                var texts: [String] = []
                for item in try pair.value.items("a list of specs") { texts.append(try item.text()) }
                groups.append((try pair.key.text(), texts))
            }
            record.extraDepends = groups
            try item.fill(&record)
            records[text, default: []].append(record)
        } else if let location = place(of: item, "pypi", kind) {
            let text = try location.text()
            var requirement = LockedRequirement(
                name: try item.child("name")?.text() ?? "", version: try item.child("version")?.text() ?? "",
                location: text)
            // A directory has no archive to check; its hash is over files that tell pixi when to lock again.
            if PipRequirementLine.isArchive(text) || text.hasURLScheme {
                requirement.sha256 = try item.sha256("sha256")
                requirement.md5 = try item.md5("md5")
            }
            requirement.isEditable = try item.child("editable")?.text() == "true"
            requirement.depends = try item.texts("requires_dist")
            requirements[text] = requirement
        } else if item.child("conda_source") == nil {
            throw item.expected("`conda:` or `pypi:`")
        }
    }
}
