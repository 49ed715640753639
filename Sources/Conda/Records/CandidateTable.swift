// SPDX-License-Identifier: BSD-3-Clause

/// The records a solver may choose from, in columns: what an index gives (`Repodata`) and a solver takes (`Solving`).
///
/// Only what solving needs is here; the chosen rows are turned into ``PackageRecord`` by the index they came from.
package struct CandidateTable: Sendable {
    /// Every text of the rows.
    package var strings = StringTable()
    /// Texts of `depends`, `constrains` and `track_features`, referred to by ranges of the rows.
    package var lists: [StringID] = []
    /// All rows; rows of one name stand together.
    package var rows: [Candidate] = []
    /// The rows of each name.
    package var names: [StringID: Range<Int>] = [:]
    /// The channels in order of priority, best first; ``Candidate/channel`` indexes it.
    package var channels: [Channel] = []

    package init() {}
}

/// One record that a solver may choose.
package struct Candidate: Sendable {
    package var name: StringID = 0
    package var version: StringID = 0
    package var build: StringID = 0
    /// The subdir the record is listed in, e.g. `linux-64` or `noarch`.
    package var subdir: StringID = 0
    package var buildNumber: UInt64 = 0
    /// Milliseconds since 1970 by the builder's clock; 0 when unknown.
    package var timestamp: UInt64 = 0
    /// Milliseconds since 1970 by the server's clock (CEP 47); 0 when unknown.
    package var indexedTimestamp: UInt64 = 0
    /// Ranges into ``CandidateTable/lists``.
    package var depends: Range<UInt32> = 0..<0
    package var constrains: Range<UInt32> = 0..<0
    package var trackFeatures: Range<UInt32> = 0..<0
    /// Index into ``CandidateTable/channels``.
    package var channel: UInt16 = 0
    package var noarch: Noarch = .none
    /// True when the record needs what this solver does not do (`when`, `extras`, `flags`: CEP 43-45); named in
    /// messages, never chosen.
    package var needsNewerClient = false
    /// Which index the row came from, and its place there; only that index reads them.
    package var source: UInt32 = 0
    package var place: UInt32 = 0

    package init() {}
}

/// What `noarch` says of a record (CEP 36).
package enum Noarch: UInt8, Sendable { case none, generic, python }
