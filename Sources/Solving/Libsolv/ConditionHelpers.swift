// SPDX-License-Identifier: BSD-3-Clause
import CSolv

/// The solvables that stand for conditions which do not hold (``Absence``).
///
/// A dependency with a condition is a clause of what answers it and of such a helper. libsolv puts off clauses that
/// more than one name can fulfil until all else is decided, and then takes the name that comes first: the helper, unless
/// what it shuts out is there. So a condition never brings in a package nor keeps one out.
struct ConditionHelpers: ~Copyable {
    private let absences: [Absence]
    private let conditionals: [ConditionalClause]
    /// Each helper's name: it sorts before those of packages.
    private let names: [Id]
    /// What helpers of the kind ``Absence/some(_:)`` need.
    private let choices: [Id]
    private let rank: Id
    private var first: Id = 0
    private let pool: UnsafeMutablePointer<CSolv.Pool>

    /// The pool must outlive the helpers.
    init(_ pool: borrowing SolverPool, _ clauses: Clauses) {
        absences = clauses.absences
        conditionals = clauses.conditionals
        names = absences.indices.map { pool.id(mark: UInt8(ascii: "#"), number: $0) }
        choices = absences.indices.map { pool.id(mark: UInt8(ascii: "&"), number: $0) }
        rank = pool.id(mark: UInt8(ascii: "1"), number: 0)
        self.pool = pool.pool
    }

    /// Puts the helpers into a repository.
    mutating func fill(_ repository: SolverRepository, _ exclusionIds: [Id]) {
        guard !absences.isEmpty else { return }
        first = repository.addSolvables(absences.count)
        for (number, absence) in absences.enumerated() {
            var requires: [Id] = []
            var conflicts: [Id] = []
            switch absence {
            case .members(let clause): conflicts = [exclusionIds[Int(clause)]]
            case .every(let parts): requires = parts.map { names[Int($0)] }
            case .some: requires = [choices[number]]
            }
            repository.fill(
                first + Id(number), name: names[number], rank: rank, provides: repository.list([names[number]]),
                requires: repository.list(requires), conflicts: repository.list(conflicts))
        }
    }

    /// Puts the helper of the request into a repository and returns it.
    func fillRoot(_ repository: SolverRepository, _ requires: [Id]) -> Id {
        let name = "$".withCString { pool_str2id(pool, $0, 1) }
        let root = repository.addSolvables(1)
        repository.fill(
            root, name: name, rank: rank, provides: repository.list([name]), requires: repository.list(requires),
            conflicts: 0)
        return root
    }

    /// Says what fulfils the conditional clauses; `members` gives the solvables of a plain one.
    func setProviders(_ pool: borrowing SolverPool, _ conditionalIds: [Id], _ members: (Int32) -> [Id]) {
        for (number, absence) in absences.enumerated() {
            guard case .some(let parts) = absence else { continue }
            var solvables = parts.map { first + $0 }
            pool.setProviders(of: choices[number], &solvables)
        }
        for (number, clause) in conditionals.enumerated() {
            var solvables = clause.absences.map { first + $0 }
            if let need = clause.need { solvables += members(need) }
            pool.setProviders(of: conditionalIds[number], &solvables)
        }
    }
}
