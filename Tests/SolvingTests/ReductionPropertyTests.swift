// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Testing

@testable import Solving

/// Random small channels: the reductions must change neither whether there is a solution nor what is chosen.
@Suite struct ReductionPropertyTests {
    private static let variants: [Reductions] = [
        [], .uninstallable, [.uninstallable, .forcedNames], .dominance, [.uninstallable, .dominance], .all,
    ]

    @Test(arguments: 0..<8)
    func solvabilityIsThatOfExhaustiveSearch(block: UInt64) throws {
        let count = ReductionVariants.perBlock(60)
        var solvable: UInt64 = 0
        for seed in block * count..<(block + 1) * count {
            var generator = SeededGenerator(seed)
            let (request, table) = try Self.channel(records: 12, names: 5, &generator)
            let checker = SolutionChecker(request: request, table: table)
            let result = try ReductionVariants(checker: checker, seed: seed).solve(Self.variants)
            solvable += result.isSolvable ? 1 : 0
        }
        #expect(
            solvable > count / 12 && solvable < count * 11 / 12,
            "the channels are too easy or too hard: \(solvable) of \(count)")
    }

    @Test(arguments: 0..<8)
    func largerChannelsGiveTheSameAnswers(block: UInt64) throws {
        for seed in block * 40 + 1000..<block * 40 + 1040 {
            var generator = SeededGenerator(seed)
            let (request, table) = try Self.channel(records: 60, names: 12, &generator)
            let checker = SolutionChecker(request: request, table: table)
            var answers: [Set<Solution.Choice>?] = []
            for reductions in Self.variants {
                let attempt = Attempt(
                    addsPip: false, keepsEarlier: true, reductions: reductions, weighsNamed: false)
                let solution = attempt.solve(request, table)
                answers.append(solution.map { Set($0.chosen) })
                if let solution { #expect(checker.violations(solution.chosen) == [], "seed \(seed)") }
            }
            #expect(Set(answers.map { $0 == nil }).count == 1, "seed \(seed): solvable or not")
            let ranks = answers.map { $0.map { Self.ranks($0, request, table) } }
            #expect(Set(ranks).count == 1, "seed \(seed): chosen ranks differ \(ranks)")
        }
    }

    /// What is chosen, by name, version and build number.
    private static func ranks(_ chosen: Set<Solution.Choice>, _ request: SolveRequest, _ table: CandidateTable)
        -> [String]
    {
        chosen.map { choice in
            guard case .candidate(let row) = choice else { return "" }
            let candidate = table.rows[row]
            return "\(table.strings[candidate.name]) \(table.strings[candidate.version]) \(candidate.buildNumber)"
        }.sorted()
    }

    private static func channel(
        records: Int, names: Int, _ generator: inout SeededGenerator
    ) throws -> (SolveRequest, CandidateTable) {
        let letters = (0..<names).map { "p\($0)" }
        func spec(_ generator: inout SeededGenerator) -> String {
            let name = letters[Int.random(in: 0..<names, using: &generator)]
            let version = Int.random(in: 1...4, using: &generator)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: return name
            case 1: return "\(name) >=\(version)"
            case 2: return "\(name) <\(version)"
            case 3: return "\(name) \(version).*"
            case 4: return "\(name) >=\(version),<\(version + 2)"
            default: return "\(name) \(version).0 *_\(Int.random(in: 0...1, using: &generator))"
            }
        }
        var builder = ChannelBuilder()
        _ = builder.channel("main")
        var seen: Set<String> = []
        for index in 0..<records {
            let name = letters[index % names]
            let text =
                "\(name) \(Int.random(in: 1...4, using: &generator)).0 b_\(Int.random(in: 0...1, using: &generator))"
            guard seen.insert(text).inserted else { continue }
            let depends = (0..<Int.random(in: 0...2, using: &generator)).map { _ in spec(&generator) }
                .filter { !$0.hasPrefix(name) }
            let constrains = (0..<Int.random(in: 0...1, using: &generator)).map { _ in spec(&generator) }
            builder.add(text, depends: depends, constrains: constrains.filter { !$0.hasPrefix(name) })
        }
        builder.finish()
        var request = SolveRequest()
        request.specs = try (0..<Int.random(in: 1...3, using: &generator)).map { _ in try MatchSpec(spec(&generator)) }
        return (request, builder.table)
    }
}
