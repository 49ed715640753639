// SPDX-License-Identifier: BSD-3-Clause
import CSolv
import Conda

/// One way to try a request: with all wishes, or without some.
struct Attempt {
    var addsPip: Bool
    /// Whether what was asked for earlier must hold.
    var keepsEarlier: Bool
    var reductions = Reductions.all
    /// Whether named packages are weighed against each other (``NamedVersions``).
    var weighsNamed = true

    /// The solution of the request; for `update --all` one that a second such update leaves alone.
    func solveToEnd(_ request: SolveRequest, _ table: CandidateTable) -> Solution? {
        guard var solution = solve(request, table) else { return nil }
        guard request.updateAll else { return solution }
        for _ in 0..<3 {
            guard let next = solve(request.following(solution, table), table) else { break }
            let chosen = next.chosen.map { choice in
                if case .installed(let index) = choice { return solution.chosen[index] }
                return choice
            }
            if Set(chosen) == Set(solution.chosen) { break }
            solution.chosen = chosen
            solution.relinked = request.noarchToRelink(chosen, table)
        }
        return solution
    }

    /// The solution of the request, if there is one.
    func solve(_ request: SolveRequest, _ table: CandidateTable) -> Solution? {
        var problem = pose(request, table)
        guard problem.unmet.isEmpty else { return nil }
        problem.reach()
        guard reduce(&problem) else { return nil }
        var ranking = problem.ranking()
        var clauses = Clauses(specCount: problem.universe.specs.count)
        var needs = problem.needs(of: ranking, &clauses)
        if reductions.contains(.dominance) {
            var rounds = 0
            while rounds < 4 {
                let dominated = problem.removeDominated(&ranking, clauses, needs)
                let unreachable = problem.removeUnreachable(&ranking, &clauses, needs)
                guard dominated || unreachable else { break }
                rounds += 1
                clauses = Clauses(specCount: problem.universe.specs.count)
                needs = problem.needs(of: ranking, &clauses)
            }
        }
        problem.setContenders(ranking.contenders.count)
        guard let chosen = choose(request, &problem, ranking, &clauses, needs) else { return nil }
        return Solution(chosen, request, problem)
    }

    /// Lets libsolv choose among what is left.
    private func choose(
        _ request: SolveRequest, _ problem: inout Problem, _ ranking: Ranking, _ clauses: inout Clauses, _ needs: Needs
    ) -> [ContenderIndex]? {
        let rootNeeds = problem.conditionalNeeds(&clauses)
        let filled = FilledPool(problem, ranking, clauses, needs, rootNeeds: rootNeeds)
        var jobs = SolverQueue()
        fill(&jobs, request, &problem, &clauses, filled)
        let solver = Solver(filled.pool)
        guard solver.solve(&jobs) else { return nil }
        let chosen = solver.installed().compactMap { filled.contender($0) }
        // In an environment that is there already, as little as can be changes.
        guard request.installed.isEmpty, weighsNamed else { return chosen }
        return NamedVersions(problem, ranking).improve(chosen, problem.universe.versions, filled, jobs)
    }

    /// Reductions (1) and (3); false when the problem turns out to have no solution.
    private func reduce(_ problem: inout Problem) -> Bool {
        guard reductions.contains(.uninstallable) else {
            problem.dropRemoved()
            return true
        }
        problem.removeUninstallable()
        if !problem.hopeless.isEmpty { return false }
        if reductions.contains(.forcedNames) { problem.propagateForcedNames() }
        problem.dropRemoved()
        return problem.hopeless.isEmpty
    }

    /// Puts the demands as jobs.
    func fill(
        _ jobs: inout SolverQueue, _ request: SolveRequest, _ problem: inout Problem, _ clauses: inout Clauses,
        _ filled: borrowing FilledPool
    ) {
        if filled.root != 0 { jobs.add(SOLVER_INSTALL | SOLVER_SOLVABLE, filled.root) }
        for demand in problem.demands where !demand.isConditional {
            let clause = problem.required(demand.spec, &clauses)
            guard clause != Clauses.always else { continue }
            let installed = problem.universe.contenders(of: demand.spec).first {
                problem.universe.contenders[$0].isFixed && filled.solvables[$0] != 0
            }
            switch demand.kind {
            case .request: jobs.add(SOLVER_INSTALL | SOLVER_SOLVABLE_PROVIDES, filled.id(ofClause: clause))
            case .keep(_, let limits):
                let weak = limits ? 0 : SOLVER_WEAK
                jobs.add(SOLVER_INSTALL | SOLVER_SOLVABLE_PROVIDES | weak, filled.id(ofClause: clause))
            case .update:
                jobs.add(SOLVER_INSTALL | SOLVER_SOLVABLE_PROVIDES, filled.id(ofClause: clause))
                if let installed { jobs.add(SOLVER_UPDATE | SOLVER_SOLVABLE, filled.solvables[installed]) }
            case .frozen: jobs.add(SOLVER_INSTALL | SOLVER_SOLVABLE_PROVIDES, filled.id(ofClause: clause))
            case .present:
                if installed == nil {
                    jobs.add(SOLVER_INSTALL | SOLVER_SOLVABLE_PROVIDES | SOLVER_WEAK, filled.id(ofClause: clause))
                }
            case .pin, .remove: break
            }
        }
        if request.updateAll { jobs.add(SOLVER_UPDATE | SOLVER_SOLVABLE_ALL, 0) }
    }
}

extension SolverQueue {
    /// Adds a job.
    fileprivate mutating func add(_ how: Int32, _ what: Id) {
        append(how)
        append(what)
    }
}

extension Universe {
    /// All contenders of the name that a spec is on.
    func contenders(of spec: SpecIndex) -> Range<Int> { names[Int(specs[Int(spec)].name)].contenders }
}

/// Which reductions are made; tests leave some out to see that the answer stays.
struct Reductions: OptionSet {
    let rawValue: Int
    /// (3), second half.
    static let uninstallable = Reductions(rawValue: 1)
    /// (3), carried on to names that are not asked for.
    static let forcedNames = Reductions(rawValue: 2)
    /// (4).
    static let dominance = Reductions(rawValue: 4)
    static let all: Reductions = [.uninstallable, .forcedNames, .dominance]
}
