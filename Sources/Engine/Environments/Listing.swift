// SPDX-License-Identifier: BSD-3-Clause
package import Conda
package import Failures
import Manifests
import Platform
import Prefix
import Solving

/// The packages of an environment.
package struct Listing: Sendable {
    /// By name.
    package private(set) var packages: [PackageRecord]
    package let platform: String?
    private let heads: [PrefixRecord]

    /// What is shown.
    package struct Options: Sendable {
        /// Found anywhere in the name, as in conda.
        package var pattern: String?
        /// The pattern is the whole name.
        package var isFullName = false
        /// With what pip and the like installed.
        package var includesPip = false

        package init() {}
    }

    /// - Throws: `Failure(.usage)` when there is no environment at `prefix`, `Failure(.parse)` for a bad pattern.
    package init(prefix: String, root: String?, options: Options) throws(Failure) {
        let (found, pip) = try PrefixState.steadily(prefix) { () throws(Failure) in
            let state = try PrefixState.existing(prefix, root: root)
            return (
                try state.heads(),
                options.includesPip ? try PipPackage.survey(state) : (packages: [], replacing: [:], unread: [])
            )
        }
        var records = found.map(\.record)
        heads = found
        platform = records.first { $0.subdir != "noarch" && !$0.subdir.isEmpty }?.subdir
        records.removeAll { pip.replacing[$0.name] != nil }
        records += pip.packages.map(\.listed)
        if let pattern = options.pattern {
            let matcher = options.isFullName ? nil : try StringMatcher("^.*(\(pattern)).*$")
            records = records.filter { matcher?.matches($0.name) ?? ($0.name == pattern) }
        }
        packages = records.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// What was asked for that brought this package.
    package func requested(_ name: String) -> [String] {
        heads.first { $0.record.name == name }?.requestedSpecs ?? []
    }

    /// The packages in the order of installation: what each needs stands before it.
    package var inOrder: [PackageRecord] { topologicallySorted(packages) }

    /// `@EXPLICIT`, without what no URL is known of.
    package func explicit(
        md5: Bool, sha256: Bool, platform: String?
    ) -> (text: String, missing: [String]) {
        let (file, missing) = ExplicitFile.holding(inOrder, platform: platform.flatMap { try? Subdir($0) })
        return (file.serialized(hash: sha256 ? .sha256 : md5 ? .md5 : .none), missing)
    }
}

extension PipPackage {
    /// As conda lists it.
    fileprivate var listed: PackageRecord {
        PackageRecord(
            name: normalizedName, version: version, build: "pypi_0", subdir: "pypi", fileName: "", url: "",
            channel: "pypi")
    }
}

/// The failure of a command that needs an environment where there is none.
func notAnEnvironment(_ prefix: String) -> Failure {
    // A directory of environments has others that may be meant.
    let siblings = ((try? FileSystem.entries(Path.parent(prefix))) ?? []).map(\.name).filter { name in
        FileSystem.isDirectory(Path.join(Path.join(Path.parent(prefix), name), "conda-meta"))
    }
    let near = NearNames.near(Path.name(prefix), among: siblings, count: 1).first
    let make = "make it with `krait create -p \(prefix)`"
    return Failure(
        .usage, prefix, "is not an environment", hint: near.map { "did you mean `\($0)`? else \(make)" } ?? make,
        cause: NotAnEnvironment())
}

/// Marks the failure of a command that found no environment: the peers tell it from others.
package struct NotAnEnvironment: Error {}
