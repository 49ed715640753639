// SPDX-License-Identifier: BSD-3-Clause
import Conda

extension Attempt {
    /// Puts the request into numbers.
    func pose(_ request: SolveRequest, _ table: CandidateTable, keepingCauses: Bool = false) -> Problem {
        var universe = Universe(request, table)
        // Erasing looks only at what is installed: nothing is changed to make room.
        if request.isErasing { universe.usesTable = false }
        for spec in request.specs + request.update {
            guard spec.channel != nil, let name = spec.exactName else { continue }
            let places = table.channels.indices.filter { spec.matches(channel: table.channels[$0]) }
            universe.explicitChannels[universe.name(name), default: []] += places
        }
        if addsPip { universe.preparePip() }
        let demands = demands(request, &universe)
        return Problem(universe, demands, keepingCauses: keepingCauses)
    }

    private func demands(_ request: SolveRequest, _ universe: inout Universe) -> [Demand] {
        var demands: [Demand] = []
        var named: Set<String> = []
        for (index, spec) in request.specs.enumerated() {
            named.insert(spec.exactName ?? "")
            demands += universe.demands(spec, .request(index))
        }
        for (index, spec) in request.update.enumerated() {
            named.insert(spec.exactName ?? "")
            demands += universe.demands(spec, .update(index))
        }
        let installed = Set(request.installed.map(\.name))
        for (index, spec) in request.keep.enumerated() {
            // What is named anew, or has gone since, is not kept.
            guard let name = spec.exactName, !named.contains(name), installed.contains(name) else { continue }
            demands += universe.demands(spec, .keep(index, limits: keepsEarlier))
        }
        for (index, spec) in request.pins.enumerated() {
            // A pin asks for nothing, so neither for groups.
            if let demand = universe.demands(spec, .pin(index)).first { demands.append(demand) }
        }
        for (index, spec) in request.remove.enumerated() {
            demands.append(Demand(spec: universe.spec(spec), kind: .remove(index)))
        }
        for (index, package) in request.installed.enumerated() {
            if request.freezeInstalled {
                demands.append(Demand(spec: universe.exactSpec(on: package, index), kind: .frozen(index)))
            } else {
                demands.append(Demand(spec: universe.spec(text: package.name), kind: .present(index)))
            }
        }
        return demands
    }
}

extension SolveRequest {
    /// Whether packages only go.
    var isErasing: Bool { !remove.isEmpty && specs.isEmpty && update.isEmpty && !updateAll }
}

extension Universe {
    /// What a spec asks for: nothing where its condition is known not to hold, and the groups it names too.
    fileprivate mutating func demands(_ spec: MatchSpec, _ kind: Demand.Kind) -> [Demand] {
        let index = self.spec(spec)
        guard verdict(of: index) != .never else { return [] }
        let groups = terms[index]?.groups ?? []
        let demands = ([index] + groups).map { spec in
            Demand(spec: spec, kind: kind, isConditional: specs[Int(spec)].condition >= 0)
        }
        for demand in demands where demand.installs {
            let name = Int(specs[Int(demand.spec)].name)
            if names[name].isGroup { names[name].isDemandedGroup = true }
        }
        return demands
    }

    /// A spec whose only provider is an installed package.
    fileprivate mutating func exactSpec(on package: PackageRecord, _ index: Int) -> SpecIndex {
        let spec = spec(matcher: SpecMatcher(name: package.name, kind: .installed(index)))
        return spec
    }

    /// Makes `pip` a dependency of python, where a channel has it.
    fileprivate mutating func preparePip() {
        guard let id = table.strings.find("pip"), table.names[id] != nil else { return }
        pythonName = name("python")
        pipSpec = spec(matcher: SpecMatcher(name: "pip", kind: .any))
    }
}
