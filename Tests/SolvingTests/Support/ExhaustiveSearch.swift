// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Solving

/// Tries every choice of at most one record per name: the oracle for small channels.
struct ExhaustiveSearch {
    let checker: SolutionChecker

    /// Whether some choice obeys everything.
    func isSolvable() -> Bool {
        let table = checker.table
        precondition(table.rows.count <= 14, "too many records to try them all")
        let names = table.names.values.map { Array($0) }.sorted { $0[0] < $1[0] }
        return search(names[...], [])
    }

    private func search(_ names: ArraySlice<[Int]>, _ chosen: [Int]) -> Bool {
        guard let rows = names.first else {
            let request = checker.request
            let records = chosen.map(checker.record)
            let plain = request.specs.filter { $0.details.when == nil }
            guard plain.allSatisfy({ spec in records.contains(where: spec.matches) }) else { return false }
            // Any order will do here: leave complaints about it aside.
            return checker.violations(chosen.map { .candidate($0) }).allSatisfy { $0.contains("comes before") }
        }
        let rest = names.dropFirst()
        if search(rest, chosen) { return true }
        return rows.contains { search(rest, chosen + [$0]) }
    }
}

/// A small generator of numbers that gives the same row for the same seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
