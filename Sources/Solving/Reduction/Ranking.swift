// SPDX-License-Identifier: BSD-3-Clause

/// The contenders that are left, grouped by name and best first.
struct Ranking {
    /// All contenders that are left; those of one name stand together.
    var contenders: [ContenderIndex] = []
    /// The places in ``contenders`` of each name, indexed by ``NameIndex``.
    var places: [Range<Int>] = []

    /// The contenders of a name.
    subscript(name: NameIndex) -> ArraySlice<ContenderIndex> { contenders[places[Int(name)]] }

    /// Leaves out those for which `isOut` holds.
    mutating func removeAll(where isOut: (ContenderIndex) -> Bool) {
        var kept: [ContenderIndex] = []
        kept.reserveCapacity(contenders.count)
        for name in places.indices {
            let start = kept.count
            for place in places[name] where !isOut(contenders[place]) { kept.append(contenders[place]) }
            places[name] = start..<kept.count
        }
        contenders = kept
    }
}

extension Problem {
    /// Ranks what is left: by the order of loading, and ties by dependency score.
    mutating func ranking() -> Ranking {
        var ranking = Ranking()
        ranking.contenders.reserveCapacity(admitted.count)
        var scores = DependencyScores()
        // Scoring may load more names; none of those has an admitted contender.
        let count = universe.names.count
        for name in 0..<count {
            let start = ranking.contenders.count
            let range = universe.names[name].contenders
            var index = range.lowerBound
            while index < range.upperBound {
                let tie = universe.tie(from: index, to: range.upperBound)
                let first = ranking.contenders.count
                for place in tie where universe.contenders[place].state == .admitted {
                    ranking.contenders.append(ContenderIndex(place))
                }
                if ranking.contenders.count - first > 1 {
                    let sorted = scores.sorted(ranking.contenders[first...], of: tie, &universe)
                    ranking.contenders.replaceSubrange(first..., with: sorted)
                }
                index = tie.upperBound
            }
            ranking.places.append(start..<ranking.contenders.count)
        }
        while ranking.places.count < universe.names.count {
            ranking.places.append(ranking.contenders.count..<ranking.contenders.count)
        }
        return ranking
    }
}

extension Universe {
    /// The contenders from `start` on that have the same features, channel, version and build number.
    func tie(from start: Int, to limit: Int) -> Range<Int> {
        let first = contenders[start]
        var end = start + 1
        while end < limit, contenders[end].rank == first.rank, contenders[end].buildNumber == first.buildNumber {
            end += 1
        }
        return start..<end
    }
}
