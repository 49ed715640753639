// SPDX-License-Identifier: BSD-3-Clause

import Conda

/// A script that a package brings for its own linking or unlinking (Rules §12.9, CEP 34).
package struct LinkScript: Sendable, Equatable {
    /// When it runs.
    package enum Action: String, Sendable, CaseIterable {
        case preLink = "pre-link"
        case postLink = "post-link"
        case preUnlink = "pre-unlink"
    }

    package let action: Action
    package let name: String
    package let version: String
    package let buildNumber: UInt64
    /// Relative to the prefix.
    package let path: String

    /// The path of a package's script, which need not exist.
    package static func path(of name: String, _ action: Action) -> String { "bin/.\(name)-\(action.rawValue).sh" }

    init(_ action: Action, _ record: PackageRecord) {
        self.action = action
        name = record.name
        version = record.version
        buildNumber = record.buildNumber
        path = Self.path(of: record.name, action)
    }

    /// The scripts of `action` among the packages of `plan`, in topological order.
    package static func names(_ action: Action, in plan: LinkPlan) -> [LinkScript] {
        // The registry has the packages the other way round.
        plan.registry.packages.reversed().compactMap { package in
            isThere(action, in: package) ? LinkScript(action, package.record) : nil
        }
    }

    /// Whether `package` brings a script of `action`.
    package static func isThere(_ action: Action, in package: LinkPackage) -> Bool {
        package.manifest.firstEntry(at: path(of: package.record.name, action)) != nil
    }
}
