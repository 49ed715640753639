// SPDX-License-Identifier: BSD-3-Clause
package import Failures
import Platform
import Prefix

/// What packages take up in an environment, as conda counts it: their files, without links, and their records. What pip
/// and the like installed has none.
package struct InstalledSizes: Sendable {
    /// By name.
    package private(set) var packages: [String: UInt64] = [:]
    /// With what else stands in `conda-meta`.
    package private(set) var total: UInt64 = 0

    package init(_ prefix: String, root: String?) throws(Failure) {
        for record in try PrefixState.read(prefix, root: root)?.records ?? [] {
            var size = Self.size(record.path)
            for path in try record.paths() where path.kind != .softLink && path.kind != .directory {
                // A record may tell anything.
                size &+= path.size ?? Self.size(Path.join(prefix, path.path))
            }
            packages[record.name] = size
            total &+= size
        }
        for entry in (try? FileSystem.entries("\(prefix)/conda-meta")) ?? [] where !entry.name.hasSuffix(".json") {
            total &+= Self.size("\(prefix)/conda-meta/\(entry.name)")
        }
    }

    private static func size(_ path: String) -> UInt64 { (try? FileSystem.status(path))??.size ?? 0 }
}
