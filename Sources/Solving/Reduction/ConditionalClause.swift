// SPDX-License-Identifier: BSD-3-Clause

/// A clause that counts only where a condition holds (CEP 43): one member of `need`, or one of the absences.
struct ConditionalClause: Hashable {
    /// A plain clause; nil when nothing fulfils the need, so that the condition must not hold.
    var need: Int32?
    /// Indices into ``Clauses/absences``.
    var absences: [Int32]
}

/// That a condition does not hold, as something that libsolv can choose: a helper that shuts out what the condition is
/// about, or needs other helpers. Chosen last and taken first, a helper never decides what else is in a solution.
enum Absence: Hashable {
    /// No member of the plain clause is chosen.
    case members(Int32)
    /// Every one of these holds.
    case every([Int32])
    /// One of these holds.
    case some([Int32])
}
