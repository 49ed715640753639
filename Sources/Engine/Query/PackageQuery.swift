// SPDX-License-Identifier: BSD-3-Clause
package import Conda

/// A question about packages of channels or of an environment: which answer a spec, what they need, who needs them.
package struct PackageQuery: Sendable {
    package enum Kind: String, Sendable { case search, depends, whoneeds }

    package var kind: Kind
    package var spec: String
    /// The environment that is asked; nil for channels.
    package var prefix: String?
    package var channels: [String] = []
    package var overrideChannels = false
    /// As far as there is anything, not one step.
    package var isRecursive = false
    /// Every record that needs the spec, not only the newest of each name.
    package var takesAll = false

    package init(_ kind: Kind, _ spec: String) {
        self.kind = kind
        self.spec = spec
    }
}

/// What a query found.
package struct PackageAnswer: Sendable {
    /// Search: by name, the newest last. Otherwise in the order of the tree, and what was asked about is not among them.
    package var packages: [PackageRecord] = []
    /// How the packages need each other, from what was asked about; nil for a search.
    package var tree: Node?

    package init() {}

    /// The answers to several questions as one, without what comes twice, and without a tree.
    package init(merging answers: [PackageAnswer]) {
        var seen: Set<String> = []
        for answer in answers { packages += answer.packages.filter { seen.insert($0.url).inserted } }
    }

    /// A package, or a dependency that none answers.
    package struct Node: Sendable {
        package var package: PackageRecord?
        /// The dependency as the package that needs writes it, or the package's name and version.
        package var text: String
        /// What follows from it was shown before.
        package var isRepeated: Bool
        package var children: [Node]
    }
}
