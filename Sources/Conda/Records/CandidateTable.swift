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
    /// What few rows have; ``Candidate/additions`` counts from 1 here.
    package private(set) var additions: [CandidateAdditions] = []

    package init() {}

    /// Keeps `addition`, and gives what a row refers to it by: 0 when there is nothing in it.
    package mutating func keep(_ addition: CandidateAdditions) -> UInt32 {
        guard !addition.flags.isEmpty || !addition.groups.isEmpty else { return 0 }
        additions.append(addition)
        return UInt32(additions.count)
    }

    /// The flags and groups of a row, if it has such.
    package func additions(of row: Candidate) -> CandidateAdditions? {
        row.additions == 0 ? nil : additions[Int(row.additions) - 1]
    }
}

/// What only records of `v3` have: variants and optional groups of dependencies (CEP 44, 45).
package struct CandidateAdditions: Sendable {
    package var flags: [StringID] = []
    /// Each group's name, and the range of its dependencies in ``CandidateTable/lists``.
    package var groups: [(name: StringID, depends: Range<UInt32>)] = []

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
    /// What ``CandidateTable/keep(_:)`` gave for its flags and groups; 0 for none.
    package var additions: UInt32 = 0
    /// Which index the row came from, and its place there; only that index reads them.
    package var source: UInt32 = 0
    package var place: UInt32 = 0

    package init() {}
}

/// What `noarch` says of a record (CEP 36).
package enum Noarch: UInt8, Sendable { case none, generic, python }
