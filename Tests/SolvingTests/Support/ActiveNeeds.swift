// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Solving

/// Which conditions hold and which groups of dependencies are asked for in a set of packages (CEP 43, 44).
struct ActiveNeeds {
    private let byName: [String: PackageRecord]
    /// `name[group]`
    private(set) var groups: Set<String> = []

    init(_ byName: [String: PackageRecord], _ request: SolveRequest) {
        self.byName = byName
        // A group may bring in what makes another condition hold.
        while true {
            let before = groups.count
            for spec in request.specs + request.update + request.keep { ask(spec) }
            for record in byName.values { for text in depends(of: record) { ask(try? MatchSpec(text)) } }
            if groups.count == before { return }
        }
    }

    private mutating func ask(_ spec: MatchSpec?) {
        guard let spec, counts(spec) else { return }
        for group in spec.details.extras { groups.insert("\(spec.exactName ?? "")[\(group)]") }
    }

    /// Whether a spec's condition holds.
    func counts(_ spec: MatchSpec) -> Bool {
        guard let condition = spec.details.when else { return true }
        return condition.holds { atom in
            let name = atom.exactName ?? ""
            return byName[name].map(atom.matches) ?? false
                && atom.details.extras.allSatisfy { groups.contains("\(name)[\($0)]") }
        }
    }

    /// The dependencies of a record that count; one that cannot be read does too.
    func depends(of record: PackageRecord) -> [String] {
        let asked = record.extraDepends.filter { groups.contains("\(record.name)[\($0.group)]") }
        return (record.depends + asked.flatMap(\.depends)).filter { text in
            guard let spec = try? MatchSpec(text) else { return true }
            return counts(spec)
        }
    }

    /// The names that neither the request nor another package asks for.
    func superfluous(_ request: SolveRequest) -> [String] {
        var pending = (request.specs + request.update).filter { counts($0) }.compactMap(\.exactName)
        var seen: Set<String> = []
        while let name = pending.popLast() {
            guard seen.insert(name).inserted, let record = byName[name] else { continue }
            pending += depends(of: record).compactMap { (try? MatchSpec($0))?.exactName }
        }
        return byName.keys.filter { !seen.contains($0) && !$0.hasPrefix("__") }.sorted()
    }
}
