// SPDX-License-Identifier: BSD-3-Clause
import Conda

extension Solution {
    /// Turns the chosen contenders into packages, filtered as the request says and sorted.
    init(_ contenders: [ContenderIndex], _ request: SolveRequest, _ problem: borrowing Problem) {
        var graph = ChosenGraph(contenders, problem)
        let universe = problem.universe
        if request.prune { graph.keep(graph.reachable(from: Self.rootNames(contenders, problem))) }
        let order = graph.topologicalOrder()
        let asked = Set((request.specs + request.update).compactMap(\.exactName))
        var present = Set<Int>()
        chosen = []
        for contender in order {
            let entry = universe.contenders[Int(contender)]
            let name = universe.names[Int(entry.name)].text
            guard entry.source < 0 else {
                chosen.append(.candidate(Int(entry.source)))
                continue
            }
            guard let index = universe.fixed[Int(~entry.source)].installedIndex else { continue }
            if request.forceReinstall, asked.contains(name), let twin = universe.fixed[Int(~entry.source)].twin {
                chosen.append(.candidate(twin))
            } else {
                chosen.append(.installed(index))
                present.insert(index)
            }
        }
        if request.noDependencies || request.onlyDependencies { filter(request, universe) }
        relinked = request.noarchToRelink(chosen, universe.table)
        givenUp = problem.demands.compactMap { demand in
            guard case .keep(let index, limits: false) = demand.kind, !demand.isConditional else { return nil }
            let isHeld = universe.providers(of: demand.spec).contains { order.contains($0) }
            return isHeld ? nil : index
        }
        effort = problem.effort
    }

    /// The names that a pruned environment grows from.
    private static func rootNames(_ contenders: [ContenderIndex], _ problem: borrowing Problem) -> Set<String> {
        let universe = problem.universe
        let chosen = ChosenSet(contenders, universe)
        var names: Set<String> = []
        for demand in problem.demands {
            switch demand.kind {
            case .request, .update, .keep:
                guard chosen.counts(demand.spec, universe) else { continue }
                names.insert(universe.names[Int(universe.specs[Int(demand.spec)].name)].text)
            case .pin, .remove, .frozen, .present: continue
            }
        }
        return names
    }

    /// `--no-deps` and `--only-deps`: of the changes, only those to what was asked for, or only the others.
    private mutating func filter(_ request: SolveRequest, _ universe: borrowing Universe) {
        let asked = Set((request.specs + request.update).compactMap(\.exactName))
        var result: [Choice] = []
        var seen: Set<String> = []
        for choice in chosen {
            switch choice {
            case .installed(let index):
                result.append(choice)
                seen.insert(request.installed[index].name)
            case .candidate(let row):
                let name = universe.table.strings[universe.table.rows[row].name]
                if asked.contains(name) != request.onlyDependencies {
                    result.append(choice)
                    seen.insert(name)
                }
            }
        }
        // What may not change stays as it was.
        for (index, package) in request.installed.enumerated() where !seen.contains(package.name) {
            let isAsked = asked.contains(package.name)
            if isAsked == request.onlyDependencies { result.append(.installed(index)) }
        }
        chosen = result
    }
}

extension SolveRequest {
    /// The same request put to the environment that a solution makes; installed packages are in the solution's order.
    func following(_ solution: Solution, _ table: CandidateTable) -> SolveRequest {
        var request = self
        request.installed = solution.chosen.map { choice in
            switch choice {
            case .installed(let index): installed[index]
            case .candidate(let row): PackageRecord(row: row, of: table)
            }
        }
        return request
    }

    /// Installed `noarch: python` packages that stay while python's minor version changes.
    func noarchToRelink(_ chosen: [Solution.Choice], _ table: CandidateTable) -> [Int] {
        guard let old = installed.first(where: { $0.name == "python" }) else { return [] }
        for choice in chosen {
            guard case .candidate(let row) = choice, table.strings[table.rows[row].name] == "python" else { continue }
            guard let from = try? Version(old.version), let to = try? Version(table.strings[table.rows[row].version]),
                from.epoch != to.epoch || from.major != to.major || from.minor != to.minor
            else { return [] }
            return chosen.compactMap { choice in
                guard case .installed(let index) = choice, installed[index].noarch == .python else { return nil }
                return index
            }
        }
        return []
    }
}

extension PackageRecord {
    /// As much of a row's record as solving takes note of.
    fileprivate init(row: Int, of table: CandidateTable) {
        let candidate = table.rows[row]
        func texts(_ range: Range<UInt32>) -> [String] { range.map { table.strings[table.lists[Int($0)]] } }
        self.init(
            name: table.strings[candidate.name], version: table.strings[candidate.version],
            build: table.strings[candidate.build], buildNumber: candidate.buildNumber,
            subdir: table.strings[candidate.subdir], fileName: "", url: "",
            channel: table.channels[Int(candidate.channel)].baseURL)
        depends = texts(candidate.depends)
        constrains = texts(candidate.constrains)
        trackFeatures = texts(candidate.trackFeatures)
        if let additions = table.additions(of: candidate) {
            flags = additions.flags.map { table.strings[$0] }
            extraDepends = additions.groups.map { (table.strings[$0.name], texts($0.depends)) }
        }
        noarch = candidate.noarch
        timestamp = candidate.timestamp
    }
}
