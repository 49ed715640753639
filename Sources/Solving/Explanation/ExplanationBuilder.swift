// SPDX-License-Identifier: BSD-3-Clause
import Conda

/// Makes an ``Explanation`` by trying the request once more and keeping the reason of everything that goes.
struct ExplanationBuilder {
    let request: SolveRequest
    var problem: Problem
    /// What may help, and the request with that done to it.
    private var hints: [(weight: Int, text: String, fixed: SolveRequest?)] = []
    /// Whether libsolv may be asked, which can take long.
    private let isThorough: Bool
    /// Groups of specs that are explained already.
    private var explained: Set<[SpecIndex]> = []

    /// Every name there is, once something missing made it worth while to list them.
    var knownNames: [String] = []
    /// How many names were found missing.
    var missingCount = 0

    /// How deep a tree goes, and how many groups of records a statement lists.
    private static let maximumDepth = 7
    private static let maximumGroups = 4
    /// Records that all trials of hints together look at.
    private static let trialEffort = 50_000

    init(_ request: SolveRequest, _ table: CandidateTable, isThorough: Bool) {
        self.request = request
        self.isThorough = isThorough
        // Without pip beside python, which a failed solve has given up by now.
        problem = Attempt(addsPip: false, keepsEarlier: true).pose(request, table, keepingCauses: true)
    }

    /// The explanation.
    mutating func build() -> Explanation {
        var roots: [Explanation.Node] = []
        var unmet = problem.unmet
        if unmet.isEmpty {
            problem.reach()
            problem.removeUninstallable()
            unmet = problem.hopeless
        }
        if !unmet.isEmpty {
            roots = primary(unmet).map { root(of: $0) }
        } else {
            let start = problem.causes?.count ?? 0
            problem.propagateForcedNames()
            problem.dropRemoved()
            if !problem.hopeless.isEmpty {
                roots = clash(since: start)
            } else if isThorough {
                roots = proof()
            } else {
                roots = [
                    Explanation.Node(kind: .clash, subject: "", text: "the requested packages conflict with each other")
                ]
            }
        }
        if let hidden = hiddenByDate(roots) { roots.append(hidden) }
        if problem.universe.names.contains(where: { $0.hidden.byPriority > 0 }) {
            suggest("`--channel-priority flexible`", 24) { $0.channelPriority = .flexible }
        }
        return Explanation(roots: roots, hints: chosenHints())
    }

    /// How much `--exclude-newer` hides, unless that is told already.
    private mutating func hiddenByDate(_ roots: [Explanation.Node]) -> Explanation.Node? {
        let names = problem.universe.names.filter { $0.hidden.byDate > 0 }
        guard !names.isEmpty, !roots.contains(where: { $0.holds(.hiddenByDate) }) else { return nil }
        let count = names.reduce(0) { $0 + $1.hidden.byDate }
        let some = names.map(\.text).sorted().prefix(3).joined(separator: ", ") + (names.count > 3 ? " …" : "")
        suggest("`--exclude-newer` with a later date", 25) {
            $0.excludeNewer = nil
            $0.excludeNewerPackages = [:]
            $0.excludeNewerChannels = [:]
        }
        return Explanation.Node(
            kind: .hiddenByDate, subject: some,
            text: "\(builds(count)) of what is needed (\(some)) \(count == 1 ? "is" : "are") newer than "
                + "`--exclude-newer` allows")
    }

    /// Adds a hint, heavier ones first; `change` does to the request what the hint says, so that it can be tried.
    mutating func suggest(_ text: String, _ weight: Int, _ change: ((inout SolveRequest) -> Void)? = nil) {
        guard !hints.contains(where: { $0.text == text }) else { return }
        var fixed: SolveRequest?
        if let change {
            var copy = request
            change(&copy)
            fixed = copy
        }
        hints.append((weight, text, fixed))
    }

    /// The hints to show: those that turn out to work, else those that cannot be tried here. What was not tried for want of
    /// time may be refused, and is not proposed.
    private func chosenHints() -> [String] {
        let sorted = hints.enumerated().sorted { ($0.element.weight, $1.offset) > ($1.element.weight, $0.offset) }
            .map(\.element)
        let untried = sorted.filter { $0.fixed == nil }.prefix(3).map(\.text)
        guard isThorough else { return untried }
        var working: [String] = []
        // A trial is a solve: fewer of large ones.
        var trials = min(8, Self.trialEffort / max(1, problem.admitted.count))
        for hint in sorted where trials > 0 && working.count < 2 {
            guard let fixed = hint.fixed else { continue }
            trials -= 1
            var attempt = Attempt(addsPip: false, keepsEarlier: true)
            attempt.weighsNamed = false
            if attempt.solve(fixed, problem.universe.table) != nil { working.append(hint.text) }
        }
        if working.isEmpty, untried.isEmpty { return withoutOne(trials) }
        return working.isEmpty ? untried : working
    }

    /// Where nothing else helps: which of several specs to leave out, so that the others can be had together.
    private func withoutOne(_ trials: Int) -> [String] {
        guard request.specs.count > 1 else { return [] }
        let helping = request.specs.indices.prefix(trials).filter { index in
            var fixed = request
            fixed.specs.remove(at: index)
            var attempt = Attempt(addsPip: false, keepsEarlier: true)
            attempt.weighsNamed = false
            return attempt.solve(fixed, problem.universe.table) != nil
        }
        guard !helping.isEmpty else { return [] }
        let names = helping.map { "`\(request.specs[$0].compactDescription)`" }.joined(separator: " or ")
        return [
            "without \(names) the rest can be installed; what conflicts with it can have an environment of its own"
        ]
    }

    /// Of the demands that cannot be met, those that are not just in the way of each other: each name once.
    private func primary(_ unmet: [Demand]) -> [Demand] {
        var seen: Set<SpecIndex> = []
        return unmet.filter { seen.insert($0.spec).inserted }
    }

    private mutating func root(of demand: Demand) -> Explanation.Node {
        let children = nodes(for: [demand.spec], depth: 0)
        if children.count == 1, let child = children.first, child.children.isEmpty {
            switch child.kind {
            case .missing, .noMatch, .unreadable, .virtual, .hiddenByPriority, .hiddenByDate, .otherPlatform:
                return child
            default: break
            }
        }
        let text = demandText(demand)
        return Explanation.Node(
            kind: .request, subject: text, text: "\(text) cannot be installed:", children: children)
    }

    /// Why nothing satisfies specs on one name.
    mutating func nodes(for specs: [SpecIndex], depth: Int) -> [Explanation.Node] {
        guard let first = specs.first else { return [] }
        let name = problem.universe.specs[Int(first)].name
        let members = Set(specs.flatMap { problem.universe.providers(of: $0) }).sorted()
        if members.isEmpty { return absent(name, specs) }
        guard explained.insert(specs.sorted()).inserted else {
            let text = specs.map { "\(problem.universe.text(of: $0))" }.first ?? ""
            return [Explanation.Node(kind: .more, subject: text, text: "\(text): as above")]
        }
        var groups: [(key: Key, members: [ContenderIndex])] = []
        var placeOfKey: [Key: Int] = [:]
        for member in members {
            let key = key(of: member)
            if let place = placeOfKey[key] {
                groups[place].members.append(member)
            } else {
                placeOfKey[key] = groups.count
                groups.append((key, [member]))
            }
        }
        var result: [Explanation.Node] = []
        for group in groups.prefix(Self.maximumGroups) {
            result.append(node(for: group.key, group.members, specs, depth))
        }
        if groups.count > Self.maximumGroups {
            let rest = groups.dropFirst(Self.maximumGroups).flatMap(\.members)
            let text = "\(problem.universe.names[Int(name)].text) \(problem.universe.versionList(rest))"
            result.append(
                Explanation.Node(
                    kind: .more, subject: text, text: "\(text): \(groups.count - Self.maximumGroups) more reasons"))
        }
        return result
    }

    /// What reasons are grouped by: needs by the name that is needed.
    private enum Key: Hashable {
        case need(NameIndex)
        case cause(Causes.Cause)
        case unknown
    }

    private func key(of contender: ContenderIndex) -> Key {
        guard let cause = problem.causes?[contender] else { return .unknown }
        if case .need(let spec) = cause { return .need(problem.universe.specs[Int(spec)].name) }
        return .cause(cause)
    }

    private mutating func node(
        for key: Key, _ members: [ContenderIndex], _ asked: [SpecIndex], _ depth: Int
    ) -> Explanation.Node {
        let name = problem.universe.names[Int(problem.universe.contenders[Int(members[0])].name)].text
        let subject = "\(name) \(problem.universe.versionList(members))"
        switch key {
        case .need(let needed):
            var specs: [SpecIndex] = []
            for member in members {
                if case .need(let spec)? = problem.causes?[member], !specs.contains(spec) { specs.append(spec) }
            }
            // The newest first.
            let universe = problem.universe
            specs.sort { left, right in
                (universe.providers(of: left).first ?? .max, left) < (
                    universe.providers(of: right).first ?? .max, right
                )
            }
            let texts = specs.prefix(3).map { problem.universe.text(of: $0) }.joined(separator: " or ")
            let more = specs.count > 3 ? " or \(specs.count - 3) more" : ""
            let children =
                depth < Self.maximumDepth
                ? nodes(for: specs, depth: depth + 1)
                : [Explanation.Node(kind: .more, subject: problem.universe.names[Int(needed)].text, text: "…")]
            return Explanation.Node(
                kind: .needs, subject: subject, text: "\(subject) needs \(texts)\(more)", children: children)
        case .cause(.demand(let place)):
            let demand = problem.demands[place]
            suggestLoosening(demand, members, asked)
            return Explanation.Node(
                kind: .excluded, subject: subject, text: "\(subject) is excluded by \(demandText(demand))")
        case .cause(.unwanted(let owner)):
            return unwanted(subject, members, by: owner)
        case .cause(.exclusion(let spec)):
            let constraint = problem.universe.text(of: spec)
            if constraint.hasPrefix("__") {
                let name = problem.universe.names[Int(problem.universe.specs[Int(spec)].name)]
                let cause = virtual(name, [spec], constraint)
                return Explanation.Node(
                    kind: .conflicts, subject: subject, text: "\(subject) goes only with \(constraint)",
                    children: [cause])
            }
            return Explanation.Node(
                kind: .conflicts, subject: subject,
                text: "\(subject) goes only with \(constraint), which is not possible here")
        default:
            return Explanation.Node(kind: .conflicts, subject: subject, text: "\(subject) conflicts with the others")
        }
    }

    /// How the user knows a demand.
    func demandText(_ demand: Demand) -> String {
        switch demand.kind {
        case .request(let index): "`\(request.specs[index].compactDescription)`"
        case .update(let index): "`\(request.update[index].compactDescription)`"
        case .keep(let index, _): "`\(request.keep[index].compactDescription)` (requested earlier)"
        case .pin(let index): "the pin `\(request.pins[index].compactDescription)`"
        case .remove(let index): "the removal of `\(request.remove[index].compactDescription)`"
        case .frozen(let index):
            "the installed `\(request.installed[index].name) \(request.installed[index].version)` "
                + "(--freeze-installed)"
        case .present(let index): "`\(request.installed[index].name)`"
        }
    }
}

extension Explanation {
    /// Explains why `request` has no solution, in `seconds` at most; when that is too short, without libsolv's help.
    init(_ request: SolveRequest, _ table: CandidateTable, seconds: Double) {
        let thorough = try? runLimited("explain", seconds: seconds) {
            var builder = ExplanationBuilder(request, table, isThorough: true)
            return builder.build()
        }
        if let thorough {
            self = thorough
        } else {
            var builder = ExplanationBuilder(request, table, isThorough: false)
            self = builder.build()
        }
    }
}
