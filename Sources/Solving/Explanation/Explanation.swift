// SPDX-License-Identifier: BSD-3-Clause

/// Why a request has no solution: a tree for each cause, from what was asked for down to what is in the way.
///
/// It is made from the reasons for which the reductions took records out, without giving up any for being dominated;
/// only where those find no contradiction does libsolv's own proof stand in.
package struct Explanation: Sendable, Hashable {
    /// One tree for each thing that was asked for and cannot be had.
    package var roots: [Node] = []
    /// What the user can do, the most promising first.
    package var hints: [String] = []

    /// One statement; what follows explains it.
    package struct Node: Sendable, Hashable {
        package var kind: Kind
        /// The package or spec it is about.
        package var subject: String
        /// The statement as a line of text.
        package var text: String
        package var children: [Node] = []

        /// Whether it, or anything below it, is of this kind.
        func holds(_ kind: Kind) -> Bool { self.kind == kind || children.contains { $0.holds(kind) } }
    }

    /// The kinds of statements, by the names that JSON uses.
    package enum Kind: String, Sendable {
        /// Something asked for cannot be had.
        case request
        /// Different packages ask for different versions of one.
        case clash
        /// Records that need what cannot be had.
        case needs
        /// Records that a request, a pin or an installed package shuts out.
        case excluded
        /// Records that exclude something which has to be there.
        case conflicts
        /// No channel has the name.
        case missing
        /// The name is there, no such version or build is.
        case noMatch = "no-match"
        /// What a record needs is no spec.
        case unreadable
        /// The machine has no such virtual package.
        case virtual
        /// Records that strict channel priority hides.
        case hiddenByPriority = "hidden-by-priority"
        /// Records that are too new for `--exclude-newer`.
        case hiddenByDate = "hidden-by-date"
        /// The name is there for other platforms.
        case otherPlatform = "other-platform"
        /// The tree is cut here.
        case more
    }
}
