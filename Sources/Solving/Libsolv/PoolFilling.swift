// SPDX-License-Identifier: BSD-3-Clause
import CSolv

/// A problem put before libsolv: which solvable is which contender.
struct FilledPool: ~Copyable {
    let pool = SolverPool()
    /// The solvable of each contender; 0 for those that are not in the pool.
    private(set) var solvables: [Id]
    /// The contender of each solvable.
    private(set) var contenders: [ContenderIndex] = []
    private var clauseIds: [Id] = []
    private var nameIds: [Id] = []

    /// Fills a pool with what `ranking` holds. Virtual packages stay outside: clauses that they decide are gone.
    init(_ problem: borrowing Problem, _ ranking: Ranking, _ clauses: Clauses, _ needs: Needs) {
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
                repository.fill(
                    solvable, name: nameIds[name], rank: rankIds[rank], provides: provided[name],
                    requires: repository.list(needs.required(contender), clauseIds),
                    conflicts: repository.list(needs.excluded(contender), exclusionIds))
            }
        }
        if !fixed.isEmpty {
            let installed = pool.addRepository("installed")
            pool.setInstalled(installed)
            fill(installed, fixed)
        }
        fill(pool.addRepository("channels"), free)

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
    }

    /// libsolv's id of a clause.
    func id(ofClause clause: Int32) -> Id { clauseIds[Int(clause)] }

    /// The clause that libsolv knows by `id`.
    func clause(ofId id: Id) -> Int32? { clauseIds.firstIndex(of: id).map { Int32($0) } }

    /// libsolv's id of a name.
    func id(ofName name: NameIndex) -> Id { nameIds[Int(name)] }
}
