// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Testing

@testable import Solving

/// A request solved with and without each reduction, against a search that tries everything.
struct ReductionVariants {
    let checker: SolutionChecker
    let seed: UInt64

    /// How many channels an eighth of a usual run looks at, unless `KRAIT_PROPERTY_SEEDS` asks for more in all.
    static func perBlock(_ usual: UInt64) -> UInt64 { TestData.propertySeeds.map { ($0 + 7) / 8 } ?? usual }

    /// Expects the same solvability of all and solutions that obey the rules and `more`, and of a failure an explanation whose
    /// hints work. Returns whether there is a solution and the one with all reductions.
    func solve(
        _ variants: [Reductions], _ more: (Solution) -> [String] = { _ in [] }
    ) throws -> (isSolvable: Bool, solution: Solution?) {
        let expected = ExhaustiveSearch(checker: checker).isSolvable()
        var last: Solution?
        for reductions in variants {
            let attempt = Attempt(addsPip: false, keepsEarlier: true, reductions: reductions)
            let solution = attempt.solve(checker.request, checker.table)
            #expect((solution != nil) == expected, "seed \(seed), reductions \(reductions.rawValue)")
            guard let solution else { continue }
            #expect(
                checker.violations(solution.chosen) + more(solution) == [],
                "seed \(seed), reductions \(reductions.rawValue)")
            if reductions == .all { last = solution }
        }
        if !expected { try checkHints() }
        return (expected, last)
    }

    /// Does what each hint says.
    private func checkHints() throws {
        let explanation = Explanation(checker.request, checker.table, seconds: 60)
        #expect(!explanation.roots.isEmpty, "seed \(seed)")
        for hint in explanation.hints {
            guard let request = try checker.request.following(hint: hint) else { continue }
            guard case .solved = try Solving.solve(request, candidates: checker.table) else {
                Issue.record("seed \(seed): this is refused too: \(hint)")
                continue
            }
        }
    }
}

extension SolveRequest {
    /// The request with done to it what a hint says; nil for one that names no change that can be made here.
    fileprivate func following(hint: String) throws -> SolveRequest? {
        let quoted = hint.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 1 }.map { String($0.element) }
        var changed = self
        if hint.contains(" in place of "), quoted.count == 2 {
            guard let place = specs.firstIndex(where: { $0.compactDescription == quoted[1] }) else { return nil }
            changed.specs[place] = try MatchSpec(quoted[0])
        } else if hint.hasPrefix("the newest available") || hint.hasPrefix("leave out the build") {
            let spec = try MatchSpec(quoted[0])
            guard let place = specs.firstIndex(where: { $0.exactName == spec.exactName }) else { return nil }
            changed.specs[place] = spec
        } else if hint.hasPrefix("`--virtual-package ") {
            let parts = quoted[0].dropFirst("--virtual-package ".count).split(separator: "=").map(String.init)
            changed.virtualPackages.removeAll { $0.name == parts[0] }
            changed.virtualPackages.append(VirtualPackage(name: parts[0], version: parts[1], build: "0"))
        } else {
            return nil
        }
        return changed
    }
}
