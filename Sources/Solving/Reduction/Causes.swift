// SPDX-License-Identifier: BSD-3-Clause

/// Why contenders went: what an explanation is made from.
struct Causes {
    enum Cause: Hashable {
        /// A demand does not admit it: an index into ``Problem/demands``.
        case demand(Int)
        /// Nothing left satisfies this dependency of it.
        case need(SpecIndex)
        /// Every contender left of this name, which every solution has, needs another one.
        case unwanted(by: NameIndex)
        /// It excludes, by this constraint, all that is left of a name that every solution has.
        case exclusion(SpecIndex)
    }

    /// The names that every solution must have, each with the one that needs it; demanded ones with none.
    private(set) var forced: [NameIndex: NameIndex?] = [:]
    private var entries: [ContenderIndex: (cause: Cause, moment: Int)] = [:]

    /// How many contenders went so far.
    var count: Int { entries.count }

    /// Remembers the first cause of a contender.
    mutating func add(_ cause: Cause, _ contender: ContenderIndex) {
        if entries[contender] == nil { entries[contender] = (cause, entries.count) }
    }

    /// Remembers for whose sake a name has to be there.
    mutating func addForced(_ name: NameIndex, by owner: NameIndex?) {
        if forced[name] == nil { forced[name] = .some(owner) }
    }

    subscript(contender: ContenderIndex) -> Cause? { entries[contender]?.cause }

    /// When the contender went; later is greater.
    func moment(_ contender: ContenderIndex) -> Int? { entries[contender]?.moment }
}
