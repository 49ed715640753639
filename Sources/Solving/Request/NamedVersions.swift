// SPDX-License-Identifier: BSD-3-Clause
import CSolv
import Conda

/// The packages that a request names, and how far each is from the newest that is left of it.
///
/// libsolv settles one name after another, so one that comes early may cost several that come late. What a person asked for
/// counts together: an answer is better when the named packages lie fewer versions back in all and more of them are newer
/// than older; or as many, when the older ones lose no more than a patch and python, on which all builds hang, stays.
/// Builds do not count, nor what nobody named.
struct NamedVersions {
    private let names: [NameIndex]
    private let python: NameIndex?
    /// What is left of each name, best first, with the versions that are better.
    private let members: [[(contender: ContenderIndex, version: Int32, steps: Int)]]

    /// As many trials as this over the contenders that each has to look at.
    private static let effort = 24_000

    init(_ problem: borrowing Problem, _ ranking: Ranking) {
        let universe = problem.universe
        var names: [NameIndex] = []
        for demand in problem.demands where demand.installs {
            let name = universe.specs[Int(demand.spec)].name
            guard case .request = demand.kind, !universe.names[Int(name)].isGroup, !names.contains(name) else {
                continue
            }
            names.append(name)
        }
        self.names = names
        python = names.first { universe.names[Int($0)].text == "python" }
        members = names.map { name in
            var steps = -1
            var last: UInt64?
            return ranking[name].map { contender in
                let rank = universe.contenders[Int(contender)].rank
                if last != rank { steps += 1 }
                last = rank
                return (contender, universe.contenders[Int(contender)].version, steps)
            }
        }
    }

    /// The versions that are better than the chosen one, by name.
    private func steps(_ chosen: [ContenderIndex]) -> [Int] {
        let chosen = Set(chosen)
        return members.map { $0.first { chosen.contains($0.contender) }?.steps ?? 0 }
    }

    /// Whether the second of two choices is the better one.
    private func isBetter(_ new: [Int], than old: [Int], _ versions: [Version]) -> Bool {
        var (newer, older, isMinor) = (0, 0, true)
        for place in names.indices where new[place] != old[place] {
            func version(_ steps: Int) -> Version? {
                members[place].first { $0.steps == steps }.map { versions[Int($0.version)] }
            }
            let (one, two) = (version(new[place]), version(old[place]))
            let isPatch = one?.epoch == two?.epoch && one?.major == two?.major && one?.minor == two?.minor
            if new[place] < old[place] { newer += 1 } else { older += 1 }
            if names[place] == python || new[place] > old[place] && !isPatch { isMinor = false }
        }
        return new.reduce(0, +) < old.reduce(0, +) && (newer > older || newer == older && isMinor)
    }

    /// A better choice than `chosen`, if one is found: for each name that is not at its best, what comes of it when it is
    /// to be newer, the last first. `jobs` are those of the request.
    func improve(
        _ chosen: [ContenderIndex], _ versions: [Version], _ filled: borrowing FilledPool, _ jobs: borrowing SolverQueue
    ) -> [ContenderIndex] {
        var chosen = chosen
        guard names.count > 1 else { return chosen }
        var steps = steps(chosen)
        var trials = Self.effort / max(1, filled.contenders.count)
        for place in names.indices.reversed() where steps[place] > 0 && trials > 0 {
            trials -= 1
            var newer = members[place].prefix { $0.steps < steps[place] }.map { filled.solvables[Int($0.contender)] }
            var trial = SolverQueue()
            trial.append(SOLVER_INSTALL | SOLVER_SOLVABLE_ONE_OF)
            trial.append(filled.pool.list(&newer))
            for id in jobs.ids() { trial.append(id) }
            let solver = Solver(filled.pool)
            guard solver.solve(&trial) else { continue }
            let other = solver.installed().compactMap { filled.contender($0) }
            let otherSteps = self.steps(other)
            if isBetter(otherSteps, than: steps, versions) { (chosen, steps) = (other, otherSteps) }
        }
        return chosen
    }
}
