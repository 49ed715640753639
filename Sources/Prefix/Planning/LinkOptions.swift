// SPDX-License-Identifier: BSD-3-Clause
package import Conda

/// What a caller may choose about linking.
package struct LinkOptions: Sendable {
    package var mode: LinkMode = .automatic
    /// How many threads work at once; nil for as many as there are processors.
    package var workers: Int?
    /// Paths of the prefix for which this answers are left out, and recorded as left out (`--exclude`, `--slim`); the answer is
    /// the number of the rule that leaves the path out. The second text is where the path's package is unpacked.
    package var exclusion: (@Sendable (_ path: String, _ source: String) -> Int?)?
    /// Told after each piece of work how many of how many are done, from any thread.
    package var progressed: (@Sendable (_ done: Int, _ total: Int) -> Void)?
    /// The time given to everything that is made rather than linked (`SOURCE_DATE_EPOCH`, Requirements R-17).
    package var sourceDateEpoch: Int64?
    /// What two packages putting a file at one path means.
    package var clobber: ClobberPolicy = .lastWins
    /// Compiling will follow: room for compiled files is part of the plan.
    package var compiles = false
    /// Hash each file of the cache before it is linked (`--extra-safety-checks`).
    package var verifiesFiles = false
    /// Compare the size of each file of the cache with the package's list (`safety_checks: enabled`).
    package var verifiesSizes = false
    /// Link softly where hard links cannot be made (`allow_softlinks`).
    package var allowsSoftLinks = false

    package init() {}
}

/// A path that several packages hold.
package struct Clobber: Sendable, Equatable {
    package let path: String
    /// The package whose file is at the path; empty when a directory is.
    package let winner: String
    /// The package whose file was put aside, under `__clobbers__`.
    package let loser: String
}
