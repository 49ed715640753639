// SPDX-License-Identifier: BSD-3-Clause
package import Conda

/// What `doctor` found in one environment.
package struct Diagnosis: Sendable {
    /// A path that is not as the record of its package says.
    package struct Damage: Sendable, Equatable {
        package var package: String
        /// Relative to the prefix.
        package var path: String
        package var problem: Problem
        /// Why it cannot be read, where that is the problem.
        package var reason: String?
    }

    /// `mode`: it was executable and is not any more.
    package enum Problem: String, Sendable { case missing, kind, changed, unreadable, prefix, mode }

    /// A file that no package has.
    package struct Stray: Sendable {
        package enum Origin: String, Sendable { case pip, compiled, unknown }

        package var path: String
        package var origin: Origin
        /// The distribution that pip installed, where that is its origin.
        package var distribution: String?
    }

    /// A package that has several records.
    package struct Duplicate: Sendable {
        package var package: String
        /// `name-version-build` of what is installed.
        package var installed: String
        /// Those of the other records.
        package var stale: [String]
    }

    /// A python package that conda installed and pip installed over.
    package struct Replaced: Sendable {
        /// `name-version-build` of conda's.
        package var package: String
        /// What pip's calls itself.
        package var name: String
        package var version: String
    }

    /// A package in the cache whose files were changed there, most often through a hard link of an environment.
    package struct PoisonedEntry: Sendable {
        package var package: String
        package var directory: String
        /// Relative to the entry.
        package var paths: [String]
        /// Other environments that share a changed file.
        package var sharers: [String]
    }

    package var prefix: String
    /// What was done about an interrupted change before anything was looked at (`--fix`).
    package var recovered: String?
    /// An interrupted change, and what ending it would do.
    package var interrupted: String?
    package var packageCount = 0
    package var pathCount = 0
    /// Files of which no record tells hash or size.
    package var uncomparedCount = 0
    package var damages: [Damage] = []
    /// Records that cannot be read: `name-version-build` and why.
    package var unreadableRecords: [(distribution: String, reason: String)] = []
    /// Packages with several records, and which of these are not what is installed: left by a cache that was restored
    /// over the environment.
    package var duplicates: [Duplicate] = []
    package var poisoned: [PoisonedEntry] = []
    /// Packages in whose place pip's are; damaged where pip has taken files away.
    package var replaced: [Replaced] = []
    /// Notes; none of these is a problem.
    package var strays: [Stray] = []
    /// Files that were left out on the user's wish, by package.
    package var leftOut: [(package: String, paths: [String])] = []
    /// What killed processes left beside the prefix.
    package var leftovers: [String] = []

    init(prefix: String) { self.prefix = prefix }

    package var isWhole: Bool {
        interrupted == nil && damages.isEmpty && unreadableRecords.isEmpty && duplicates.isEmpty && poisoned.isEmpty
    }

    /// Names of packages with a damaged file or several records, in order.
    package var damagedPackages: [String] {
        var seen: Set<String> = []
        return (damages.map(\.package) + duplicates.map(\.package)).filter { seen.insert($0).inserted }
    }
}

/// What `doctor --fix` did.
package struct Repair: Sendable {
    /// Packages that were linked anew.
    package var relinked: [PackageRecord] = []
    /// Entries of the cache that were thrown away, to be fetched again.
    package var discarded: [String] = []
    /// Packages fetched.
    package var fetched = 0
    package var removedLeftovers: [String] = []
    package var warnings: [String] = []
}
