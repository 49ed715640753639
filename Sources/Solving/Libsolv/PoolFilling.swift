// SPDX-License-Identifier: BSD-3-Clause
import CSolv

/// A problem put before libsolv: which solvable is which contender.
struct FilledPool: ~Copyable {
    let pool = SolverPool()
    /// The solvable of each contender; 0 for those that are not in the pool.
    private(set) var solvables: [Id]
    /// The contender of each solvable.
    private(set) var contenders: [ContenderIndex] = []
    /// The helper that stands for the request; it needs what is asked for under a condition.
    private(set) var root: Id = 0
    private var clauseIds: [Id] = []
    private var conditionalIds: [Id] = []
    private var nameIds: [Id] = []

    /// Fills a pool with what `ranking` holds. Virtual packages stay outside: clauses that they decide are gone.
    /// `rootNeeds` are the conditional clauses of the request.
    init(
        _ problem: borrowing Problem, _ ranking: Ranking, _ clauses: Clauses, _ needs: Needs, rootNeeds: [Int32] = []
    ) {
        let universe = problem.universe
        solvables = Array(repeating: 0, count: universe.contenders.count)
        let real = problem.decisionOrder.flatMap { ranking[$0] }
            .filter { !problem.isVirtual($0) }
        let fixed = real.filter { universe.contenders[Int($0)].isFixed }
        let free = real.filter { !universe.contenders[Int($0)].isFixed }

        nameIds = Array(repeating: 0, count: ranking.places.count)
        for name in ranking.places.indices where !ranking.places[name].isEmpty {
            nameIds[name] = pool.id(of: universe.names[name].text)
        }
        let most = ranking.places.map(\.count).max() ?? 0
        // Higher is better. Names cannot begin with the marks of clauses.
        let rankIds = (0...most).map { pool.id(mark: UInt8(ascii: "1"), number: $0) }
        clauseIds = clauses.places.indices.map { pool.id(mark: UInt8(ascii: "?"), number: $0) }
        let exclusionIds = clauses.places.indices.map {
            clauses.isExclusion[$0] ? pool.id(mark: UInt8(ascii: "!"), number: $0) : 0
        }
        conditionalIds = clauses.conditionals.indices.map { pool.id(mark: UInt8(ascii: "%"), number: $0) }
        var helpers = ConditionHelpers(pool, clauses)

        // 1 for the worst of a name, and so on.
        var standing = [Int32](repeating: 0, count: universe.contenders.count)
        for places in ranking.places {
            for place in places { standing[Int(ranking.contenders[place])] = Int32(places.upperBound - place) }
        }
        contenders = Array(repeating: -1, count: 2 + real.count)
        func fill(_ repository: SolverRepository, _ members: [ContenderIndex]) {
            var provided = [Offset](repeating: 0, count: ranking.places.count)
            let first = repository.addSolvables(members.count)
            for (offset, contender) in members.enumerated() {
                let name = Int(universe.contenders[Int(contender)].name)
                let solvable = first + Id(offset)
                solvables[Int(contender)] = solvable
                if Int(solvable) >= contenders.count {
                    contenders.append(contentsOf: repeatElement(-1, count: Int(solvable) - contenders.count + 1))
                }
                contenders[Int(solvable)] = contender
                if provided[name] == 0 { provided[name] = repository.list([nameIds[name]]) }
                let rank = Int(standing[Int(contender)])
                let required = needs.required(contender)
                // Conditional clauses have the highest numbers; few have such.
                let requires =
                    required.last ?? 0 < Clauses.firstConditional
                    ? repository.list(required, clauseIds) : repository.list(required.map { id(ofClause: $0) })
                repository.fill(
                    solvable, name: nameIds[name], rank: rankIds[rank], provides: provided[name],
                    requires: requires,
                    conflicts: repository.list(needs.excluded(contender), exclusionIds))
            }
        }
        if !fixed.isEmpty {
            let installed = pool.addRepository("installed")
            pool.setInstalled(installed)
            fill(installed, fixed)
        }
        let channels = pool.addRepository("channels")
        helpers.fill(channels, exclusionIds)
        if !rootNeeds.isEmpty { root = helpers.fillRoot(channels, rootNeeds.map { id(ofClause: $0) }) }
        fill(channels, free)

        pool.createProviders()
        var members: [Id] = []
        for clause in clauses.places.indices {
            members.removeAll(keepingCapacity: true)
            for contender in clauses[Int32(clause)] {
                let solvable = solvables[Int(contender)]
                if solvable != 0 { members.append(solvable) }
            }
            pool.setProviders(of: clauseIds[clause], &members)
            if clauses.isExclusion[clause] { pool.setProviders(of: exclusionIds[clause], &members) }
        }
        helpers.setProviders(pool, conditionalIds) { clause in
            clauses[clause].compactMap { solvables[Int($0)] == 0 ? nil : solvables[Int($0)] }
        }
    }

    /// The contender that a solvable is; nil for a helper.
    func contender(_ solvable: Id) -> ContenderIndex? {
        let known = Int(solvable) < contenders.count ? contenders[Int(solvable)] : -1
        return known < 0 ? nil : known
    }

    /// libsolv's id of a clause.
    func id(ofClause clause: Int32) -> Id {
        clause < Clauses.firstConditional
            ? clauseIds[Int(clause)] : conditionalIds[Int(clause - Clauses.firstConditional)]
    }

    /// The clause that libsolv knows by `id`.
    func clause(ofId id: Id) -> Int32? {
        clauseIds.firstIndex(of: id).map { Int32($0) }
            ?? conditionalIds.firstIndex(of: id).map { Clauses.firstConditional + Int32($0) }
    }

    /// libsolv's id of a name.
    func id(ofName name: NameIndex) -> Id { nameIds[Int(name)] }
}
