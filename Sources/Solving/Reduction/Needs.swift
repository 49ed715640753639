// SPDX-License-Identifier: BSD-3-Clause

/// What each contender that is left needs and excludes, as sorted clause numbers: what libsolv will see of it.
struct Needs {
    private var list: [Int32] = []
    private var requiredPlaces: [Range<Int32>]
    private var excludedPlaces: [Range<Int32>]
    private var hashes: [UInt64]

    init(contenderCount: Int) {
        requiredPlaces = Array(repeating: 0..<0, count: contenderCount)
        excludedPlaces = requiredPlaces
        hashes = Array(repeating: 0, count: contenderCount)
    }

    /// The clauses of which the contender needs one member each.
    func required(_ contender: ContenderIndex) -> ArraySlice<Int32> { list[requiredPlaces[Int(contender)].places] }

    /// The clauses whose members the contender excludes.
    func excluded(_ contender: ContenderIndex) -> ArraySlice<Int32> { list[excludedPlaces[Int(contender)].places] }

    /// Whether two contenders need and exclude the same.
    func areEqual(_ left: ContenderIndex, _ right: ContenderIndex) -> Bool {
        hashes[Int(left)] == hashes[Int(right)] && required(left).elementsEqual(required(right))
            && excluded(left).elementsEqual(excluded(right))
    }

    /// Records the clauses of a contender.
    mutating func set(_ contender: ContenderIndex, required: inout [Int32], excluded: inout [Int32]) {
        requiredPlaces[Int(contender)] = append(&required)
        excludedPlaces[Int(contender)] = append(&excluded)
        var hash: UInt64 = 0x9E37_79B9_7F4A_7C15
        for clause in self.required(contender) { hash = Self.mix(hash, clause) }
        hash = Self.mix(hash, -1)
        for clause in self.excluded(contender) { hash = Self.mix(hash, clause) }
        hashes[Int(contender)] = hash
    }

    private mutating func append(_ clauses: inout [Int32]) -> Range<Int32> {
        clauses.sort()
        let start = Int32(list.count)
        var last: Int32 = -1
        for clause in clauses where clause != last {
            list.append(clause)
            last = clause
        }
        return start..<Int32(list.count)
    }

    private static func mix(_ hash: UInt64, _ clause: Int32) -> UInt64 {
        let mixed = (hash ^ UInt64(UInt32(bitPattern: clause))) &* 0xFF51_AFD7_ED55_8CCD
        return mixed ^ mixed >> 29
    }
}

extension Range<Int32> {
    fileprivate var places: Range<Int> { Int(lowerBound)..<Int(upperBound) }
}

extension Problem {
    /// The clause of a demand; a pin with a condition is a constraint.
    mutating func clause(of demand: Demand, _ clauses: inout Clauses) -> Int32 {
        if case .pin = demand.kind, demand.isConditional { return conditionallyExcluded(demand.spec, &clauses) }
        return required(demand.spec, &clauses)
    }

    /// The clauses of what is asked for under a condition that only the solution decides.
    mutating func conditionalNeeds(_ clauses: inout Clauses) -> [Int32] {
        demands.filter(\.isConditional).map { clause(of: $0, &clauses) }.filter { $0 != Clauses.always }
    }

    /// Puts the dependencies of what is left into clauses.
    mutating func needs(of ranking: Ranking, _ clauses: inout Clauses) -> Needs {
        var needs = Needs(contenderCount: universe.contenders.count)
        var required: [Int32] = []
        var excluded: [Int32] = []
        for demand in demands { _ = clause(of: demand, &clauses) }
        for contender in ranking.contenders {
            required.removeAll(keepingCapacity: true)
            excluded.removeAll(keepingCapacity: true)
            for place in universe.depends(of: contender) {
                let clause = self.required(universe.dependencies[place].spec, &clauses)
                if clause != Clauses.always { required.append(clause) }
            }
            for place in universe.constrains(of: contender) {
                let spec = universe.dependencies[place].spec
                if universe.specs[Int(spec)].condition < 0 {
                    let clause = self.excluded(spec, &clauses)
                    if clause != Clauses.always { excluded.append(clause) }
                } else {
                    let clause = conditionallyExcluded(spec, &clauses)
                    if clause != Clauses.always { required.append(clause) }
                }
            }
            needs.set(contender, required: &required, excluded: &excluded)
        }
        return needs
    }
}
