// SPDX-License-Identifier: BSD-3-Clause

extension Problem {
    /// Reduction (4): takes out each contender for which a better one of its name can stand in: it needs and excludes
    /// the same, and every spec that admits the one also admits the other. Returns whether any went.
    ///
    /// "The same" is judged by what specs come to among the contenders that are left, so builds that differ only in
    /// bounds that decide nothing count as equal. Installed packages stay: they are wanted for what they are.
    mutating func removeDominated(_ ranking: inout Ranking, _ clauses: Clauses, _ needs: Needs) -> Bool {
        let ofName = ClausesByName(clauses, nameCount: universe.names.count)
        var position = [Int32](repeating: 0, count: universe.contenders.count)
        var bits: [UInt64] = []
        var kept: [Int] = []
        var removedAny = false
        for name in ranking.places.indices where ranking.places[name].count > 1 {
            let start = ranking.places[name].lowerBound
            let count = ranking.places[name].count
            for index in 0..<count { position[Int(ranking.contenders[start + index])] = Int32(index) }
            let words = fillSignatures(ofName[name], clauses, count, position, &bits)
            kept.removeAll(keepingCapacity: true)
            for index in 0..<count {
                let contender = ranking.contenders[start + index]
                let isDominated =
                    !universe.contenders[Int(contender)].isFixed
                    && kept.contains { better in
                        needs.areEqual(ranking.contenders[start + better], contender)
                            && Self.includes(bits, better * words, index * words, words)
                    }
                if isDominated {
                    universe.contenders[Int(contender)].state = .removed
                    removedAny = true
                } else {
                    kept.append(index)
                }
            }
        }
        if removedAny {
            let contenders = universe.contenders
            ranking.removeAll { contenders[Int($0)].state != .admitted }
        }
        return removedAny
    }

    /// For each member a row of bits: which needs it fulfils, which exclusions it escapes. Returns the words a row.
    private func fillSignatures(
        _ clauseList: ArraySlice<Int32>, _ clauses: Clauses, _ count: Int, _ position: [Int32], _ bits: inout [UInt64]
    ) -> Int {
        var bitCount = 0
        for clause in clauseList {
            bitCount += (clauses.isNeed[Int(clause)] ? 1 : 0) + (clauses.isExclusion[Int(clause)] ? 1 : 0)
        }
        let words = (bitCount + 63) / 64
        bits.removeAll(keepingCapacity: true)
        bits.append(contentsOf: repeatElement(0, count: words * count))
        var bit = 0
        for clause in clauseList {
            if clauses.isNeed[Int(clause)] {
                for contender in clauses[clause] {
                    bits[Int(position[Int(contender)]) * words + bit >> 6] |= 1 << UInt64(bit & 63)
                }
                bit += 1
            }
            if clauses.isExclusion[Int(clause)] {
                for row in 0..<count { bits[row * words + bit >> 6] |= 1 << UInt64(bit & 63) }
                for contender in clauses[clause] {
                    bits[Int(position[Int(contender)]) * words + bit >> 6] &= ~(1 << UInt64(bit & 63))
                }
                bit += 1
            }
        }
        return words
    }

    /// Whether the row at `better` has every bit of the row at `worse`.
    private static func includes(_ bits: [UInt64], _ better: Int, _ worse: Int, _ words: Int) -> Bool {
        for word in 0..<words where bits[worse + word] & ~bits[better + word] != 0 { return false }
        return true
    }

    /// Reduction (2) again: keeps what the demands still reach through what is left. Returns whether any went.
    mutating func removeUnreachable(_ ranking: inout Ranking, _ clauses: inout Clauses, _ needs: Needs) -> Bool {
        var isSeen = [Bool](repeating: false, count: universe.contenders.count)
        var isReached = [Bool](repeating: false, count: clauses.places.count)
        var pending: [Int32] = []
        for demand in demands {
            switch demand.kind {
            case .pin, .remove: continue
            default: break
            }
            let clause = required(demand.spec, &clauses)
            if clause != Clauses.always, let need = clauses.need(of: clause), Int(need) < isReached.count {
                pending.append(need)
            }
        }
        while let clause = pending.popLast() {
            guard !isReached[Int(clause)] else { continue }
            isReached[Int(clause)] = true
            for contender in clauses[clause] where !isSeen[Int(contender)] {
                guard universe.contenders[Int(contender)].state == .admitted else { continue }
                isSeen[Int(contender)] = true
                for next in needs.required(contender) {
                    if let need = clauses.need(of: next), !isReached[Int(need)] { pending.append(need) }
                }
            }
        }
        var removedAny = false
        for contender in ranking.contenders where !isSeen[Int(contender)] {
            if isVirtual(contender) {
                isSeen[Int(contender)] = true
                continue
            }
            universe.contenders[Int(contender)].state = .removed
            removedAny = true
        }
        if removedAny { ranking.removeAll { !isSeen[Int($0)] } }
        return removedAny
    }
}

/// The clauses about each name.
private struct ClausesByName {
    private var starts: [Int32]
    private var list: [Int32]

    init(_ clauses: Clauses, nameCount: Int) {
        starts = Array(repeating: 0, count: nameCount + 1)
        for name in clauses.names { starts[Int(name) + 1] += 1 }
        for name in 0..<nameCount { starts[name + 1] += starts[name] }
        list = Array(repeating: 0, count: clauses.names.count)
        var next = starts
        for (clause, name) in clauses.names.enumerated() {
            list[Int(next[Int(name)])] = Int32(clause)
            next[Int(name)] += 1
        }
    }

    subscript(name: Int) -> ArraySlice<Int32> { list[Int(starts[name])..<Int(starts[name + 1])] }
}
