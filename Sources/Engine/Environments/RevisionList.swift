// SPDX-License-Identifier: BSD-3-Clause
import Conda
package import Failures
import Prefix

/// What was done to an environment, revision by revision (Rules §14.1).
package struct RevisionList: Sendable {
    /// One package of a revision.
    package struct Package: Sendable {
        package var name: String
        package var version: String
        package var build: String
        /// `channel/subdir`, as far as told.
        package var place: String
    }

    /// One revision.
    package struct Revision: Sendable {
        package var number: Int
        package var date: String
        package var command: String
        package var installed: [Package] = []
        package var removed: [Package] = []
        package var changed: [(from: Package, to: Package)] = []
    }

    package private(set) var revisions: [Revision] = []

    /// - Throws: `Failure(.usage)` when there is no environment at `prefix`.
    package init(prefix: String, root: String?) throws(Failure) {
        _ = try PrefixState.existing(prefix, root: root)
        for (number, written) in try History.read(prefix).revisions.enumerated() {
            var revision = Revision(number: number, date: written.date, command: written.command)
            var removed: [String: Package] = [:]
            for package in written.unlinked.map(Self.package) { removed[package.name] = package }
            for package in written.linked.map(Self.package) {
                if let old = removed.removeValue(forKey: package.name) {
                    revision.changed.append((old, package))
                } else {
                    revision.installed.append(package)
                }
            }
            revision.removed = removed.values.sorted { $0.name < $1.name }
            revision.installed.sort { $0.name < $1.name }
            revision.changed.sort { $0.to.name < $1.to.name }
            revisions.append(revision)
        }
    }

    /// Reads `channel/subdir::name-version-build`.
    static func package(_ line: String) -> Package {
        let distribution = History.distribution(of: line)
        let parts = distribution.split(separator: "-", omittingEmptySubsequences: false)
        var place = String(line.dropLast(distribution.count))
        while place.hasSuffix(":") { place.removeLast() }
        guard parts.count >= 3 else { return Package(name: distribution, version: "", build: "", place: place) }
        return Package(
            name: parts.dropLast(2).joined(separator: "-"), version: String(parts[parts.count - 2]),
            build: String(parts[parts.count - 1]), place: place)
    }
}

extension RevisionList.Revision {
    /// Whether a change of a package led to a higher version.
    package static func isUpgrade(_ change: (from: RevisionList.Package, to: RevisionList.Package)) -> Bool {
        guard let old = try? Version(change.from.version), let new = try? Version(change.to.version) else {
            return true
        }
        return old == new ? change.from.build <= change.to.build : old < new
    }
}
