// SPDX-License-Identifier: BSD-3-Clause

extension VectorScore {
    /// Specification of CVSS 4.0 §8.2: the score of the group of vectors that this one is in, less what it is below the
    /// worst of them, in proportion to the way to the next lower groups.
    static func fourth(_ metrics: [Substring: Substring]) -> Int? {
        /// How far below its worst value a metric is, of `values` from the worst on; `first` are those of the modified metric
        /// alone, and `unsaid` stands for what is not told.
        func level(_ name: Substring, _ values: String, modified first: String = "", unsaid: Int? = nil) -> Int? {
            func place(_ word: Substring?, in values: String) -> Int? {
                guard let word, word.utf8.count == 1 else { return nil }
                return values.utf8.firstIndex(of: word.utf8[word.startIndex]).map {
                    values.utf8.distance(from: values.startIndex, to: $0)
                }
            }
            let own = metrics[name]
            if own == nil || own == "X", let unsaid { return unsaid }
            guard let base = place(own, in: values), base >= first.utf8.count else { return nil }
            let modified = metrics["M" + name]
            return modified == nil || modified == "X" ? base : place(modified, in: values)
        }
        guard let attack = level("AV", "NALP"), let privileges = level("PR", "NLH"), let user = level("UI", "NPA"),
            let complexity = level("AC", "LH"), let requirements = level("AT", "NP"),
            let secrecy = level("VC", "HLN"), let integrity = level("VI", "HLN"), let availability = level("VA", "HLN"),
            let laterSecrecy = level("SC", " HLN"), let laterIntegrity = level("SI", "SHLN", modified: "S"),
            let laterAvailability = level("SA", "SHLN", modified: "S"), let maturity = level("E", "APU", unsaid: 0),
            let needsSecrecy = level("CR", "HML", unsaid: 0), let needsIntegrity = level("IR", "HML", unsaid: 0),
            let needsAvailability = level("AR", "HML", unsaid: 0)
        else { return nil }
        let own = [secrecy, integrity, availability]
        let later = [laterSecrecy, laterIntegrity, laterAvailability]
        if own == [2, 2, 2], later == [3, 3, 3] { return 0 }
        let needs = [needsSecrecy, needsIntegrity, needsAvailability]
        let reach = [attack, privileges, user]
        let isWanted = zip(own, needs).contains { $0 == 0 && $1 == 0 }
        let harm = secrecy == 0 && integrity == 0 ? 0 : own.contains(0) ? 2 : 4
        let group = [
            reach == [0, 0, 0] ? 0 : reach.contains(0) && attack != 3 ? 1 : 2,
            complexity + requirements == 0 ? 0 : 1,
            harm == 4 ? 4 : isWanted ? harm : harm + 1,
            later[1...].contains(0) ? 0 : later.contains(1) ? 1 : 2,
            maturity,
        ]
        guard let score = groupScore(group) else { return nil }
        let levels = [reach, [complexity, requirements], own + needs, later, []]
        var (sum, count) = (0.0, 0.0)
        for place in group.indices {
            guard let lower = nextScores(group, place).max() else { continue }
            count += 1
            // The maturity of exploits has one vector in a group.
            guard place < worst.count else { continue }
            let (peaks, depth) = worst[place][group[place]]
            let distances = peaks.split(separator: " ").map { peak in
                zip(levels[place], peak.utf8).map { $0 - Int($1 &- 0x30) }
            }
            guard let distance = distances.first(where: { $0.allSatisfy { $0 >= 0 } }) else { return nil }
            sum += Double(score - lower) * Double(distance.reduce(0, +)) / Double(depth)
        }
        let value = Double(score) - (count > 0 ? sum / count : 0)
        return Int((min(max(value, 0), 100) + 1e-5).rounded())
    }

    /// Scores of the groups one below `group` in what is at `place`.
    private static func nextScores(_ group: [Int], _ place: Int) -> [Int] {
        var steps = [group[place] + 1]
        // Harm to the system and what is needed of it go together: 0 leads to 1 and 2, both of these to 3.
        if place == 2 { steps = [[1, 2], [3], [3], [4], []][group[2]] }
        return steps.compactMap { step in
            var next = group
            next[place] = step
            return groupScore(next)
        }
    }

    private static func groupScore(_ group: [Int]) -> Int? {
        let sizes = [3, 2, 5, 3, 3]
        guard zip(group, sizes).allSatisfy({ $0 < $1 }) else { return nil }
        return Int(scores[zip(group, sizes).reduce(0) { $0 * $1.1 + $1.0 }])
    }

    /// By kind of metrics and group: the levels of its worst vectors, and how many steps below them it ends.
    private static let worst: [[(String, Int)]] = [
        [("000", 1), ("100 010 001", 4), ("300 111", 5)],
        [("00", 1), ("10 01", 2)],
        [
            ("000000", 7), ("001110 000111", 6), ("100000 010000", 8), ("101010 100011 010101 011100 110001", 8),
            ("111000", 10),
        ],
        [("100", 6), ("111", 5), ("222", 4)],
    ]

    /// Tenths, as FIRST publishes them.
    private static let scores: [UInt8] = [
        100, 98, 95, 100, 93, 91, 93, 89, 81, 99, 95, 92, 96, 87, 81, 90, 80, 68, 98, 95, 90, 93, 89, 81, 88, 78, 69,
        95, 92, 84, 92, 81, 65, 80, 70, 48, 92, 82, 72, 79, 69, 50, 69, 55, 27, 99, 95, 92, 95, 90, 84, 92, 82, 72,
        97, 92, 85, 91, 83, 71, 81, 71, 53, 95, 92, 85, 92, 80, 70, 84, 71, 50, 93, 85, 73, 82, 72, 59, 70, 52, 30,
        86, 75, 52, 71, 52, 29, 63, 29, 17, 98, 94, 91, 94, 86, 77, 87, 74, 63, 95, 87, 81, 89, 74, 64, 75, 63, 49,
        94, 88, 76, 86, 74, 59, 72, 57, 52, 89, 77, 67, 76, 58, 50, 57, 52, 25, 83, 70, 54, 65, 58, 26, 53, 21, 13,
        95, 88, 76, 90, 75, 61, 77, 68, 52, 90, 76, 70, 77, 62, 53, 66, 59, 30, 89, 76, 62, 74, 57, 47, 61, 57, 24,
        78, 67, 58, 59, 57, 23, 52, 29, 16, 71, 59, 30, 58, 26, 15, 23, 13, 6, 93, 86, 75, 86, 74, 56, 70, 52, 40,
        87, 72, 58, 74, 61, 34, 54, 40, 22, 85, 74, 62, 72, 55, 46, 53, 34, 19, 75, 55, 51, 57, 41, 19, 36, 19, 8,
        64, 51, 20, 47, 21, 11, 24, 9, 4, 88, 73, 60, 73, 59, 41, 54, 45, 20, 75, 53, 50, 55, 40, 20, 43, 22, 11,
        75, 58, 40, 61, 48, 20, 46, 17, 8, 55, 45, 21, 51, 18, 9, 18, 7, 2, 53, 24, 14, 24, 12, 5, 10, 3, 1,
    ]
}
