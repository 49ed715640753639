// SPDX-License-Identifier: BSD-3-Clause

/// What a solve comes to.
package enum SolveOutcome: Sendable {
    case solved(Solution)
    case unsolvable(Explanation)
}

/// The packages of the environment as it should become.
package struct Solution: Sendable {
    /// Every package, dependencies first; ties and cycles are broken by fixed rules.
    package var chosen: [Choice]
    /// Installed `noarch: python` packages that stay but must be linked anew, because python's minor version changes
    /// (Rules §20.7): indices into ``SolveRequest/installed``.
    package var relinked: [Int] = []
    /// Specs of ``SolveRequest/keep`` that had to be given up: indices.
    package var givenUp: [Int] = []
    /// What was done to find it.
    package var effort = Effort()

    /// One package of a solution.
    package enum Choice: Sendable, Hashable {
        /// A row of the candidates.
        case candidate(Int)
        /// An index into ``SolveRequest/installed``: the package stays as it is.
        case installed(Int)
    }
}

/// How much work a solve was, in counts and nanoseconds.
package struct Effort: Sendable {
    /// Records of every name that was reached.
    package var considered = 0
    /// Records that match a reachable spec and every request.
    package var reachable = 0
    /// After those without satisfiable dependencies went.
    package var installable = 0
    /// After dominated ones went: what libsolv saw.
    package var contenders = 0
    /// Distinct spec texts that were read.
    package var specs = 0
}
