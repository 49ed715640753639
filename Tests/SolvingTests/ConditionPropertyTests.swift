// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Testing

@testable import Solving

/// Random small channels with conditions, groups and flags against a search that tries everything: solvable or not is the
/// same with and without each reduction, every solution obeys the rules, and nothing is in one that nothing asks for.
///
/// `KRAIT_PROPERTY_SEEDS` asks for more channels than a usual run looks at.
@Suite struct ConditionPropertyTests {
    private static let variants: [Reductions] = [[], [.uninstallable, .forcedNames], .dominance, .all]

    private static let perBlock = ReductionVariants.perBlock(12)

    @Test(arguments: 0..<8)
    func solvabilityIsThatOfExhaustiveSearch(block: UInt64) throws {
        var solvable: UInt64 = 0
        var conditional: UInt64 = 0
        for seed in block * Self.perBlock..<(block + 1) * Self.perBlock {
            var generator = SeededGenerator(seed &+ 77_000)
            var channel = RandomChannel(&generator)
            let (request, table) = try channel.made()
            let checker = SolutionChecker(request: request, table: table)
            let result = try ReductionVariants(checker: checker, seed: seed).solve(Self.variants) {
                checker.superfluous($0.chosen)
            }
            solvable += result.isSolvable ? 1 : 0
            if let solution = result.solution, checker.hasConditions(solution.chosen) { conditional += 1 }
        }
        #expect(solvable > Self.perBlock / 5 && solvable < Self.perBlock * 19 / 20, "\(solvable) of \(Self.perBlock)")
        #expect(conditional > Self.perBlock / 10, "\(conditional) with conditions")
    }
}

/// A channel of up to twelve records and a request, as dice have them.
private struct RandomChannel {
    private var generator: SeededGenerator
    private let names = ["p0", "p1", "p2", "p3", "p4"]

    init(_ generator: inout SeededGenerator) { self.generator = generator }

    mutating func made() throws -> (SolveRequest, CandidateTable) {
        var builder = ChannelBuilder()
        _ = builder.channel("main")
        var seen: Set<String> = []
        for index in 0..<12 {
            let name = names[index % names.count]
            let text = "\(name) \(roll(1...3)).0 b_\(roll(0...1))"
            guard seen.insert(text).inserted else { continue }
            func own(_ spec: String) -> Bool { spec.hasPrefix(name) && !spec.contains("extras") }
            let depends = (0..<roll(0...2)).map { _ in spec(rich: true) }.filter { !own($0) }
            let constrains = (0..<roll(0...1)).map { _ in spec(rich: roll(0...1) == 0) }.filter { !$0.hasPrefix(name) }
            let extras = ["g", "h"].prefix(roll(0...2)).map { group in
                (group, (0..<roll(0...2)).map { _ in spec(rich: roll(0...1) == 0) }.filter { !own($0) })
            }
            builder.add(
                text, depends: depends, constrains: constrains, flags: Array(["f", "k:v"].prefix(roll(0...2))),
                extras: extras)
        }
        builder.finish()
        var request = SolveRequest()
        request.specs = try (0..<roll(1...3)).map { _ in try MatchSpec(spec(rich: true)) }
        request.virtualPackages = [VirtualPackage(name: "__v", version: "2", build: "0")]
        return (request, builder.table)
    }

    private mutating func roll(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }

    private mutating func spec(rich: Bool) -> String {
        let name = names[roll(0...names.count - 1)]
        var keys: [String] = []
        if roll(0...1) == 0 { keys.append("version='\(version())'") }
        if rich, roll(0...2) == 0 { keys.append("extras=[\(roll(0...1) == 0 ? "g" : "g,h")]") }
        if rich, roll(0...5) == 0 { keys.append("flags=['\(roll(0...1) == 0 ? "f" : "k:*")']") }
        if rich, roll(0...2) == 0 { keys.append("when=\"\(condition(depth: 2))\"") }
        return keys.isEmpty ? name : "\(name)[\(keys.joined(separator: ","))]"
    }

    private mutating func version() -> String { ["<", ">=", "=="][roll(0...2)] + "\(roll(1...3))" }

    private mutating func condition(depth: Int) -> String {
        switch roll(0...(depth > 0 ? 7 : 4)) {
        case 0: return "__v>=\(roll(1...3))"
        case 1: return names[roll(0...4)]
        case 2: return "\(names[roll(0...4)])[extras=[\(roll(0...1) == 0 ? "g" : "h")]]"
        case 3...4: return "\(names[roll(0...4)])\(version())"
        case 5: return "(\(condition(depth: depth - 1)) or \(condition(depth: depth - 1)))"
        default: return "\(condition(depth: depth - 1)) and \(condition(depth: depth - 1))"
        }
    }
}

extension SolutionChecker {
    private func byName(_ chosen: [Solution.Choice]) -> [String: PackageRecord] {
        var records: [String: PackageRecord] = [:]
        for package in request.virtualPackages {
            records[package.name] = PackageRecord(
                name: package.name, version: package.version, build: package.build, subdir: "", fileName: "", url: "",
                channel: "")
        }
        for case .candidate(let row) in chosen { records[record(row).name] = record(row) }
        return records
    }

    /// The packages that nothing asks for.
    fileprivate func superfluous(_ chosen: [Solution.Choice]) -> [String] {
        ActiveNeeds(byName(chosen), request).superfluous(request).map { "nothing asks for \($0)" }
    }

    /// Whether a condition or a group had a say in it.
    fileprivate func hasConditions(_ chosen: [Solution.Choice]) -> Bool {
        byName(chosen).values.contains { record in
            !record.extraDepends.isEmpty || record.depends.contains { $0.contains("when") }
        }
    }
}
