// SPDX-License-Identifier: BSD-3-Clause

/// What dependencies come to among the contenders that are left: specs that admit the same ones are one clause.
struct Clauses {
    /// The clause of each spec as a dependency; ``always`` when it holds anyway.
    var required: [Int32]
    /// The clause of each spec as a constraint: those it shuts out; ``always`` when there are none.
    var excluded: [Int32]
    /// The contenders of each clause, in the order of contenders; a range of ``members``.
    var places: [Range<Int>] = []
    var members: [ContenderIndex] = []
    /// The name that a clause is about.
    var names: [NameIndex] = []
    /// Whether some contender needs one of the clause's.
    var isNeed: [Bool] = []
    /// Whether some contender excludes the clause's.
    var isExclusion: [Bool] = []

    /// Clauses that count only where a condition holds; numbered from ``firstConditional`` on.
    private(set) var conditionals: [ConditionalClause] = []
    private(set) var absences: [Absence] = []
    private var numberOfConditional: [ConditionalClause: Int32] = [:]
    private var numberOfAbsence: [Absence: Int32] = [:]

    /// More than there can be other clauses.
    static let firstConditional: Int32 = 1 << 30

    /// The clause that always holds.
    static let always: Int32 = -1
    /// A spec that nobody has asked for yet.
    static let unknown: Int32 = -2

    /// The hash of each clause.
    private var hashes: [UInt64] = []
    /// Open addressing by hash: clause + 1, or 0 for a free slot; the count is a power of two.
    private var slots = [Int32](repeating: 0, count: 1024)

    init(specCount: Int) {
        required = Array(repeating: Clauses.unknown, count: specCount)
        excluded = required
    }

    /// The contenders of a clause.
    subscript(clause: Int32) -> ArraySlice<ContenderIndex> { members[places[Int(clause)]] }

    /// The number of the clause whose members were appended to ``members`` from `start` on.
    fileprivate mutating func close(_ start: Int, _ name: NameIndex) -> Int32 {
        var hash = UInt64(truncatingIfNeeded: name) &* 0x9E37_79B9_7F4A_7C15
        for place in start..<members.count {
            hash = (hash ^ UInt64(truncatingIfNeeded: members[place])) &* 0xFF51_AFD7_ED55_8CCD
            hash ^= hash >> 32
        }
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] != 0 {
            let clause = slots[slot] - 1
            if hashes[Int(clause)] == hash, names[Int(clause)] == name, self[clause].elementsEqual(members[start...]) {
                members.removeSubrange(start...)
                return clause
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        let clause = Int32(places.count)
        slots[slot] = clause + 1
        hashes.append(hash)
        places.append(start..<members.count)
        names.append(name)
        isNeed.append(false)
        isExclusion.append(false)
        if places.count * 2 > slots.count { grow() }
        return clause
    }

    /// The number of a conditional clause.
    fileprivate mutating func number(_ clause: ConditionalClause) -> Int32 {
        if let known = numberOfConditional[clause] { return known }
        let number = Clauses.firstConditional + Int32(conditionals.count)
        conditionals.append(clause)
        numberOfConditional[clause] = number
        return number
    }

    /// The number of an absence.
    fileprivate mutating func number(_ absence: Absence) -> Int32 {
        if let known = numberOfAbsence[absence] { return known }
        let number = Int32(absences.count)
        absences.append(absence)
        numberOfAbsence[absence] = number
        return number
    }

    /// The plain clause of a clause's need; nil when it has none.
    func need(of clause: Int32) -> Int32? {
        clause < Clauses.firstConditional ? clause : conditionals[Int(clause - Clauses.firstConditional)].need
    }

    private mutating func grow() {
        slots = Array(repeating: 0, count: slots.count * 2)
        for clause in hashes.indices {
            var slot = Int(truncatingIfNeeded: hashes[clause]) & (slots.count - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Int32(clause) + 1
        }
    }
}

extension Problem {
    /// The clause of a spec as a dependency.
    mutating func required(_ spec: SpecIndex, _ clauses: inout Clauses) -> Int32 {
        let known = clauses.required[Int(spec)]
        if known != Clauses.unknown { return known }
        let clause = universe.specs[Int(spec)].condition < 0 ? plain(spec, &clauses) : conditional(spec, &clauses)
        clauses.required[Int(spec)] = clause
        return clause
    }

    /// The clause of what a spec admits.
    private mutating func plain(_ spec: SpecIndex, _ clauses: inout Clauses) -> Int32 {
        universe.match(spec)
        let start = clauses.members.count
        var clause = Clauses.always
        var isAlways = spec == universe.pipSpec && !isSatisfiable(spec)
        for contender in universe.providers(of: spec) where universe.contenders[Int(contender)].state == .admitted {
            clauses.members.append(contender)
            if isVirtual(contender) { isAlways = true }
        }
        if isAlways {
            clauses.members.removeSubrange(start...)
        } else {
            clause = clauses.close(start, universe.specs[Int(spec)].name)
            clauses.isNeed[Int(clause)] = true
        }
        return clause
    }

    /// The clause of a dependency with a condition: one of what it admits, or what the condition is about is absent.
    private mutating func conditional(_ spec: SpecIndex, _ clauses: inout Clauses) -> Int32 {
        let condition = universe.conditions[Int(universe.specs[Int(spec)].condition)]
        guard let absence = absence(of: condition, &clauses) else { return Clauses.always }
        let need = plain(spec, &clauses)
        if need == Clauses.always { return need }
        return clauses.number(ConditionalClause(need: clauses[need].isEmpty ? nil : need, absences: [absence]))
    }

    /// The clause of a constraint with a condition: what it shuts out or what the condition is about is absent.
    mutating func conditionallyExcluded(_ spec: SpecIndex, _ clauses: inout Clauses) -> Int32 {
        let condition = universe.conditions[Int(universe.specs[Int(spec)].condition)]
        let shutOut = excluded(spec, &clauses)
        guard shutOut != Clauses.always, let absence = absence(of: condition, &clauses) else { return Clauses.always }
        let other = clauses.number(.members(shutOut))
        return clauses.number(ConditionalClause(need: nil, absences: absence == other ? [other] : [absence, other]))
    }

    /// What is absent where a condition does not hold; nil when it cannot hold.
    private mutating func absence(of condition: OpenCondition, _ clauses: inout Clauses) -> Int32? {
        switch condition {
        case .spec(let spec):
            let clause = plain(spec, &clauses)
            // Virtual packages have decided before.
            guard clause != Clauses.always, !clauses[clause].isEmpty else { return nil }
            clauses.isExclusion[Int(clause)] = true
            return clauses.number(.members(clause))
        case .all(let parts):
            var numbers: [Int32] = []
            for part in parts {
                guard let number = absence(of: part, &clauses) else { return nil }
                if !numbers.contains(number) { numbers.append(number) }
            }
            return numbers.count == 1 ? numbers[0] : clauses.number(.some(numbers))
        case .either(let parts):
            var numbers: [Int32] = []
            for part in parts {
                if let number = absence(of: part, &clauses), !numbers.contains(number) { numbers.append(number) }
            }
            return numbers.isEmpty ? nil : numbers.count == 1 ? numbers[0] : clauses.number(.every(numbers))
        }
    }

    /// The clause of a spec as a constraint: what is left of its name and not admitted by it.
    mutating func excluded(_ spec: SpecIndex, _ clauses: inout Clauses) -> Int32 {
        let known = clauses.excluded[Int(spec)]
        if known != Clauses.unknown { return known }
        let name = universe.specs[Int(spec)].name
        var clause = Clauses.always
        // A name that was never reached cannot be in a solution.
        if universe.names[Int(name)].isLoaded {
            universe.match(spec)
            let start = clauses.members.count
            var admitted = universe.providers(of: spec)
            for index in universe.names[Int(name)].contenders {
                if admitted.first == ContenderIndex(index) {
                    admitted.removeFirst()
                } else if universe.contenders[index].state == .admitted {
                    clauses.members.append(ContenderIndex(index))
                }
            }
            if clauses.members.count > start {
                clause = clauses.close(start, name)
                clauses.isExclusion[Int(clause)] = true
            }
        }
        clauses.excluded[Int(spec)] = clause
        return clause
    }

    /// Whether a contender is a virtual package.
    func isVirtual(_ contender: ContenderIndex) -> Bool { universe.isVirtual(contender) }
}
