// SPDX-License-Identifier: BSD-3-Clause

/// Which of several builds of one version is better: the one whose dependencies may be newer (Design §3).
///
/// The score of a record is the sum, over the names that all records of the tie depend on or constrain, of the place
/// of the best candidate its specs admit. It is worked out over all records of the name that tie, also those that
/// reductions took out, so that no reduction changes a rank. Where scores tie again (`python_abi 3.14 *_cp314` and
/// `*_cp314t`), the same is asked of the candidates they lead to, one step deep, before time decides.
struct DependencyScores {
    /// Scores by the first contender of the tie.
    private var known: [Int: [Int]] = [:]

    /// The given members of a tie, best first.
    mutating func sorted(
        _ members: ArraySlice<ContenderIndex>, of tie: Range<Int>, _ universe: inout Universe
    ) -> [ContenderIndex] {
        let first = scores(of: tie, &universe)
        func score(_ scores: [Int], _ member: ContenderIndex) -> Int { scores[Int(member) - tie.lowerBound] }
        let isSettled = Set(members.map { score(first, $0) }).count == members.count
        let second = isSettled ? first : deepScores(of: tie, &universe)
        return members.sorted { left, right in
            (score(first, left), score(second, left), left) < (score(first, right), score(second, right), right)
        }
    }

    private mutating func scores(of tie: Range<Int>, _ universe: inout Universe) -> [Int] {
        if let scores = known[tie.lowerBound] { return scores }
        let scores = sum(over: tie, &universe) { spec, universe in
            guard let best = universe.bestProvider(of: spec) else { return .max }
            // Track features and version of the best candidate; its channel does not count.
            return universe.contenders[best].rank & 0xFFFF_0000_FFFF_FFFF
        }
        known[tie.lowerBound] = scores
        return scores
    }

    /// Scores by the build number and the score of the best candidates.
    private mutating func deepScores(of tie: Range<Int>, _ universe: inout Universe) -> [Int] {
        sum(over: tie, &universe) { spec, universe in
            guard let best = universe.bestProvider(of: spec) else { return .max }
            let name = Int(universe.contenders[best].name)
            let range = universe.names[name].contenders
            var start = best
            while start > range.lowerBound, universe.tie(from: start - 1, to: start + 1).count == 2 { start -= 1 }
            let inner = universe.tie(from: start, to: range.upperBound)
            guard inner.count > 1 else { return UInt64(inner.lowerBound) << 24 }
            let scores = self.scores(of: inner, &universe)
            let least = universe.providers(of: spec).lazy
                .filter { inner.contains(Int($0)) }.map { scores[Int($0) - inner.lowerBound] }.min()
            return UInt64(inner.lowerBound) << 24 | UInt64(least ?? 0)
        }
    }

    /// For each record of the tie the sum of the places of its values among the distinct ones of each name.
    private func sum(
        over tie: Range<Int>, _ universe: inout Universe, _ value: (SpecIndex, inout Universe) -> UInt64
    ) -> [Int] {
        var values: [(name: NameIndex, value: UInt64, member: Int)] = []
        for index in tie {
            universe.list(ContenderIndex(index))
            let depends = universe.depends(of: ContenderIndex(index))
            let constrains = universe.constrains(of: ContenderIndex(index))
            for dependency in depends.lowerBound..<constrains.upperBound {
                let spec = universe.dependencies[dependency].spec
                values.append((universe.specs[Int(spec)].name, value(spec, &universe), index - tie.lowerBound))
            }
        }
        values.sort { $0 < $1 }
        var scores = [Int](repeating: 0, count: tie.count)
        var strictest = [UInt64?](repeating: nil, count: tie.count)
        var start = 0
        while start < values.count {
            var end = start
            var present = 0
            while end < values.count, values[end].name == values[start].name {
                // Of several specs on one name the strictest counts; values ascend.
                if strictest[values[end].member] == nil { present += 1 }
                strictest[values[end].member] = values[end].value
                end += 1
            }
            if present == tie.count {
                let distinct = Set(strictest.compactMap { $0 }).sorted()
                for member in strictest.indices {
                    scores[member] += distinct.firstIndex(of: strictest[member] ?? 0) ?? 0
                }
            }
            for place in start..<end { strictest[values[place].member] = nil }
            start = end
        }
        return scores
    }
}

extension Universe {
    /// The best contender that a spec admits.
    fileprivate mutating func bestProvider(of spec: SpecIndex) -> Int? {
        match(spec)
        return providers(of: spec).first.map { Int($0) }
    }
}
