// SPDX-License-Identifier: BSD-3-Clause
import CSolv
import Conda

extension ExplanationBuilder {
    /// The first name for which nothing was left, and who asks for what of it.
    ///
    /// `start` is the moment from which on names that have to be there were looked at.
    mutating func clash(since start: Int) -> [Explanation.Node] {
        let universe = problem.universe
        var first: (name: NameIndex, moment: Int)?
        for name in problem.causes?.forced.keys.map({ Int($0) }).sorted() ?? [] {
            let members = universe.names[name].contenders
            guard !members.contains(where: { [.admitted, .idle].contains(universe.contenders[$0].state) }) else {
                continue
            }
            let moments = members.compactMap { problem.causes?.moment(ContenderIndex($0)) }
            guard moments.count == members.count, let last = moments.max(), last >= start else { continue }
            if first == nil || last < first?.moment ?? 0 { first = (NameIndex(name), last) }
        }
        guard let name = first?.name else { return [] }
        let text = universe.names[Int(name)].text
        let bare = problem.universe.spec(matcher: SpecMatcher(name: text, kind: .any))
        problem.universe.match(bare)
        var children = nodes(for: [bare], depth: 0)
        // A contender that a demand shut out from the beginning says little unless nothing else is said.
        if children.contains(where: { $0.kind != .excluded }), children.count > 3 {
            children.removeAll { $0.kind == .more }
        }
        suggestLooseningRequests()
        return [
            Explanation.Node(
                kind: .clash, subject: text,
                text: "no version of \(text)\(reason(name)) satisfies every requirement:",
                children: children)
        ]
    }

    /// For whose sake a name has to be there: ` (needed by a, which `b` needs)`.
    private func reason(_ name: NameIndex) -> String {
        var chain: [String] = []
        var seen: Set<NameIndex> = [name]
        var next = problem.causes?.forced[name] ?? nil
        while let owner = next, seen.insert(owner).inserted, chain.count < 4 {
            chain.append(problem.universe.names[Int(owner)].text)
            next = problem.causes?.forced[owner] ?? nil
        }
        return chain.isEmpty ? "" : " (needed by \(chain.joined(separator: ", needed by ")))"
    }

    /// Records that a name which has to be there does not want.
    mutating func unwanted(_ subject: String, _ members: [ContenderIndex], by owner: NameIndex) -> Explanation.Node {
        let universe = problem.universe
        let name = universe.contenders[Int(members[0])].name
        var wanted: [String] = []
        for index in universe.names[Int(owner)].contenders {
            let contender = ContenderIndex(index)
            guard universe.contenders[index].isListed, universe.contenders[index].state != .blocked else { continue }
            for place in universe.depends(of: contender) {
                let spec = universe.dependencies[place].spec
                guard universe.specs[Int(spec)].name == name else { continue }
                let text = universe.text(of: spec)
                if !wanted.contains(text) { wanted.append(text) }
            }
        }
        let list = wanted.prefix(3).joined(separator: " or ") + (wanted.count > 3 ? " …" : "")
        let ownerName = universe.names[Int(owner)].text
        let asker = problem.demands.first { universe.specs[Int($0.spec)].name == owner && $0.installs }
        let who = asker.map { demandText($0) } ?? "\(ownerName), which all solutions need,"
        if universe.names[Int(name)].text == "python_abi" || universe.names[Int(name)].text == "python" {
            let version = universe.versions[Int(universe.contenders[Int(members[0])].version)]
            let index = request.specs.firstIndex { $0.exactName == "python" }
            if let index, let major = version.major, let minor = version.minor {
                suggestPython("\(major).\(minor)", in: index)
            }
        }
        return Explanation.Node(
            kind: .conflicts, subject: subject, text: "\(subject) is not what \(who) needs: \(list)")
    }

    /// Hints for a demand that shuts out what others need.
    mutating func suggestLoosening(_ demand: Demand, _ members: [ContenderIndex], _ asked: [SpecIndex]) {
        let universe = problem.universe
        let newest = members.first.map { universe.versions[Int(universe.contenders[Int($0)].version)] }
        let name = universe.names[Int(universe.specs[Int(demand.spec)].name)].text
        switch demand.kind {
        case .pin(let index):
            if request.pinsPython, index == request.pins.count - 1 {
                suggest("`--no-py-pin` lets python change", 88) {
                    $0.pins.removeLast()
                    $0.pinsPython = false
                }
            } else {
                suggest("`--no-pin`, or change the pin `\(request.pins[index].compactDescription)`", 88) {
                    $0.pins.remove(at: index)
                }
            }
        case .frozen: suggest("leave out `--freeze-installed`", 88) { $0.freezeInstalled = false }
        case .request(let index):
            if name == "python", let version = newest, let major = version.major, let minor = version.minor {
                suggestPython("\(major).\(minor)", in: index)
            }
            suggestLoosening(index, 20)
        case .keep(let index, _):
            suggest("give up \(demandText(demand)) by naming another version of it", 20) {
                $0.keep.remove(at: index)
                // Whoever names python is not held by its pin.
                if name == "python", $0.pinsPython {
                    $0.pins.removeLast()
                    $0.pinsPython = false
                }
            }
        case .update, .remove, .present: break
        }
    }

    /// Another python in place of the one asked for.
    mutating func suggestPython(_ version: String, in index: Int) {
        guard request.specs[index].version != nil, let spec = try? MatchSpec("python=\(version)"),
            spec != request.specs[index]
        else { return }
        suggest("`\(spec)` in place of `\(request.specs[index].compactDescription)`", 87) { $0.specs[index] = spec }
    }

    private mutating func suggestLoosening(_ index: Int, _ weight: Int) {
        let spec = request.specs[index]
        guard spec.version != nil || spec.build != nil, let name = spec.exactName,
            let bare = try? MatchSpec(name)
        else { return }
        suggest("ask for `\(name)` in place of `\(spec.compactDescription)`", weight) { $0.specs[index] = bare }
    }

    private mutating func suggestLooseningRequests() {
        for index in request.specs.indices { suggestLoosening(index, 15) }
    }

    /// Where the reductions see no contradiction: libsolv's proof, rule by rule.
    mutating func proof() -> [Explanation.Node] {
        let ranking = problem.ranking()
        var clauses = Clauses(specCount: problem.universe.specs.count)
        let needs = problem.needs(of: ranking, &clauses)
        let rootNeeds = problem.conditionalNeeds(&clauses)
        let filled = FilledPool(problem, ranking, clauses, needs, rootNeeds: rootNeeds)
        var jobs = SolverQueue()
        Attempt(addsPip: false, keepsEarlier: true).fill(&jobs, request, &problem, &clauses, filled)
        let solver = Solver(filled.pool)
        guard !solver.solve(&jobs) else { return [] }
        suggestLooseningRequests()
        return [
            Explanation.Node(
                kind: .clash, subject: "", text: "the requested packages conflict with each other:",
                children: statements(solver.rules(ofProblem: 1), filled, clauses))
        ]
    }

    /// The rules of a proof, collapsed by name.
    private func statements(
        _ rules: [SolverRule], _ filled: borrowing FilledPool, _ clauses: Clauses
    ) -> [Explanation.Node] {
        let universe = problem.universe
        var order: [String] = []
        var members: [String: [ContenderIndex]] = [:]
        func add(_ contender: ContenderIndex, _ statement: String) {
            let name = universe.names[Int(universe.contenders[Int(contender)].name)].text
            let key = "\(name)\u{0}\(statement)"
            if members[key] == nil { order.append(key) }
            members[key, default: []].append(contender)
        }
        for rule in rules {
            switch rule {
            case .requires(let source, let dependency), .nothingProvides(let source, let dependency):
                guard let clause = filled.clause(ofId: dependency), let contender = filled.contender(source) else {
                    continue
                }
                let spec = universe.depends(of: contender).map { universe.dependencies[$0].spec }
                    .first { clauses.required[Int($0)] == clause }
                if let spec { add(contender, "needs \(universe.text(of: spec))") }
            case .conflicts(let source, let target, _):
                // A helper shuts out what makes a condition hold: the dependency with the condition says so.
                guard let owner = filled.contender(source), let target = filled.contender(target) else { continue }
                let other = universe.contenders[Int(target)].name
                add(owner, "conflicts with this \(universe.names[Int(other)].text)")
            default: continue
            }
        }
        return order.prefix(30).map { key in
            let parts = key.split(separator: "\u{0}", maxSplits: 1)
            let list = Array(Set(members[key] ?? [])).sorted()
            let text = "\(parts[0]) \(universe.versionList(list)) \(parts.last ?? "")"
            return Explanation.Node(kind: .needs, subject: String(parts[0]), text: text)
        }
    }
}
