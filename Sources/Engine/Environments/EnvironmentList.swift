// SPDX-License-Identifier: BSD-3-Clause
import Configuration
package import Failures
import Platform
import Prefix

/// The environments of this user: the registered ones, and those in the directories of named environments
/// (conda-spec §14.2).
package struct EnvironmentList: Sendable {
    /// One environment.
    package struct Environment: Sendable {
        /// Nil for one that is known by its path only.
        package var name: String?
        package var prefix: String
        package var isActive: Bool
    }

    package let environments: [Environment]

    /// Unreadable places are passed over.
    package init(_ context: Context) throws(Failure) {
        let settings = context.settings
        var prefixes: [String] = []
        if let root = settings.rootPrefix, FileSystem.isDirectory("\(root)/conda-meta") { prefixes.append(root) }
        for directory in settings.environmentDirectories {
            let names = ((try? FileSystem.entries(directory)) ?? []).map(\.name).sorted()
            prefixes += names.filter { !$0.hasPrefix(".") }.map { "\(directory)/\($0)" }
                .filter { FileSystem.isDirectory("\($0)/conda-meta") }
        }
        if let home = context.environment.homeDirectory { prefixes += EnvironmentsFile(home: home).existingPrefixes() }
        var seen: Set<String> = []
        let active = context.environment["CONDA_PREFIX"]
        environments = prefixes.filter { seen.insert($0).inserted }.map { prefix in
            let name = settings.directories.name(of: prefix)
            return Environment(name: name == prefix ? nil : name, prefix: prefix, isActive: prefix == active)
        }
    }
}
