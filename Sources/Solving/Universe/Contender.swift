// SPDX-License-Identifier: BSD-3-Clause
import Conda

/// The number of a package name in one solve.
typealias NameIndex = Int32
/// The number of a distinct spec text in one solve.
typealias SpecIndex = Int32
/// The number of a record that contends for its name in one solve; those of one name stand together, best first.
typealias ContenderIndex = Int32

/// A record that contends for its name: a row of the candidates, an installed package or a virtual one.
struct Contender {
    /// A row of the table, `~index` into ``Universe/fixed``, or the number of rows for a group (``Universe/groupSpec``).
    var source: Int32
    var name: NameIndex
    /// Index into ``Universe/versions``.
    var version: Int32
    /// Features, channel and version packed so that a smaller number is better; equal versions are equal here.
    var rank: UInt64
    var buildNumber: UInt64
    /// Its place in ``Universe/dependencies`` once listed.
    var dependsStart: UInt32 = 0
    var dependsCount: UInt16 = 0
    var constrainsCount: UInt16 = 0
    var isListed = false
    var state = State.idle
    /// The head of the list of specs that count on it as their first provider; -1 ends.
    var firstWatcher: SpecIndex = -1

    enum State: UInt8 {
        /// No reachable spec admits it so far.
        case idle
        /// A request excludes it.
        case blocked
        /// In the problem.
        case admitted
        /// Taken out by a reduction.
        case removed
    }

    /// Whether its place is taken by an installed or virtual package.
    var isFixed: Bool { source < 0 }

    /// Where its constrains are in ``Universe/dependencies``: after its depends.
    var constrainsStart: UInt32 { dependsStart + UInt32(dependsCount) }
}

/// A package name and its contenders.
struct NameEntry {
    /// The text, for messages.
    var text: String
    /// Its id in the table, if the table has the text.
    var id: StringID?
    var first: ContenderIndex = 0
    var count: Int32 = 0
    var isLoaded = false
    /// Whether it stands for a group of optional dependencies, `name[group]`: its one contender is in a solution when
    /// something asks for the group (CEP 44).
    var isGroup = false
    /// Whether a request that always counts asks for the group.
    var isDemandedGroup = false
    /// The newest of the specs on this name; linked by ``SpecEntry/next``.
    var firstSpec: SpecIndex = -1
    /// Rows that were kept out, by reason, for messages.
    var hidden = HiddenRows()

    var contenders: Range<Int> { Int(first)..<Int(first) + Int(count) }
}

/// Rows of a name that never contend.
struct HiddenRows {
    var byPriority = 0
    /// The channel that hides them.
    var priorityChannel: UInt16 = 0
    /// The first channel whose rows are hidden.
    var hiddenChannel: UInt16 = 0
    var byDate = 0
    var byPolicy = 0
}

/// A distinct spec on one name.
struct SpecEntry {
    var name: NameIndex
    /// Its providers in ``Universe/providers``, best first.
    var providersStart: UInt32 = 0
    var providersCount: UInt32 = 0
    /// How many of the providers, from the first, are known to be out.
    var cursor: UInt32 = 0
    var isMatched = false
    var isReached = false
    /// Whether ``Universe/terms`` has something on it.
    var hasTerms = false
    /// When it counts, as an index into ``Universe/conditions``; -1 for always.
    var condition: Int32 = -1
    /// The next spec on the same name; -1 ends.
    var next: SpecIndex = -1
    /// The next spec that counts on the same contender; -1 ends.
    var nextWatcher: SpecIndex = -1
    /// The last entry of ``Universe/dependencies`` that asks for it; linked by ``Dependency/next``; -1 ends.
    var lastDependent: Int32 = -1
}

/// One dependency of one contender.
struct Dependency {
    var spec: SpecIndex
    var owner: ContenderIndex
    /// The next one that asks for the same spec; -1 ends; not used by constrains.
    var next: Int32 = -1
}
