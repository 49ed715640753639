// SPDX-License-Identifier: BSD-3-Clause
import CSolv

/// Owner of one run of libsolv's solver over a filled pool.
struct Solver: ~Copyable {
    /// Valid as long as this owner and its pool live; freed once, in `deinit`.
    private let solver: UnsafeMutablePointer<CSolv.Solver>

    /// The pool must outlive the solver.
    init(_ pool: borrowing SolverPool) {
        guard let solver = solver_create(pool.pool) else { fatalError("libsolv: out of memory") }
        self.solver = solver
        solver_set_flag(solver, SOLVER_FLAG_ALLOW_DOWNGRADE, 1)
        solver_set_flag(solver, SOLVER_FLAG_ALLOW_UNINSTALL, 1)
        solver_set_flag(solver, SOLVER_FLAG_NO_INFARCHCHECK, 1)
    }

    deinit { solver_free(solver) }

    /// Solves the jobs; true when they can be satisfied.
    func solve(_ jobs: inout SolverQueue) -> Bool { jobs.withQueue { solver_solve(solver, $0) == 0 } }

    /// The solvables that are in the solution, in the order of libsolv's decisions.
    func installed() -> [Id] {
        var decisions = SolverQueue()
        decisions.withQueue { solver_get_decisionqueue(solver, $0) }
        return decisions.ids().filter { $0 > 1 }
    }

    /// The rules that together make problem `index` (from 1) unsolvable.
    func rules(ofProblem index: Int) -> [SolverRule] {
        var queue = SolverQueue()
        queue.withQueue { solver_findallproblemrules(solver, Id(index), $0) }
        return queue.ids().compactMap { rule($0) }
    }

    private func rule(_ id: Id) -> SolverRule? {
        var source: Id = 0
        var target: Id = 0
        var dependency: Id = 0
        let type = solver_ruleinfo(solver, id, &source, &target, &dependency)
        switch type {
        case SOLVER_RULE_PKG_NOTHING_PROVIDES_DEP: return .nothingProvides(source, dependency)
        case SOLVER_RULE_PKG_REQUIRES: return .requires(source, dependency)
        case SOLVER_RULE_PKG_SAME_NAME: return .sameName(source, target)
        case SOLVER_RULE_PKG_CONFLICTS: return .conflicts(source, target, dependency)
        case SOLVER_RULE_PKG_NOT_INSTALLABLE: return .notInstallable(source)
        // Source and target of a job rule are not solvables: only the dependency may be read (Design §3).
        case SOLVER_RULE_JOB, SOLVER_RULE_JOB_NOTHING_PROVIDES_DEP: return .job(dependency)
        case SOLVER_RULE_UPDATE, SOLVER_RULE_FEATURE: return .update(source)
        default: return nil
        }
    }
}

/// One clause of a problem, with libsolv's ids.
enum SolverRule: Hashable {
    case nothingProvides(Id, Id)
    case requires(Id, Id)
    case sameName(Id, Id)
    case conflicts(Id, Id, Id)
    case notInstallable(Id)
    case job(Id)
    case update(Id)
}
