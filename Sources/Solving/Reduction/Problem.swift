// SPDX-License-Identifier: BSD-3-Clause
import Conda

/// A request put into numbers, and the contenders that are left after each reduction (Design §3).
///
/// The reductions keep the answer: (1) a demanded name without a provider is answered at once; (2) only what a
/// reachable spec admits enters; (3) demanded names are limited to what every demand admits, and contenders with a
/// dependency that nothing can satisfy go, over and over; (4) dominated contenders go.
struct Problem {
    var universe: Universe
    private(set) var demands: [Demand] = []
    /// Admitted contenders in the order they were reached.
    var admitted: [ContenderIndex] = []
    private(set) var effort = Effort()
    /// Why each contender went, in the order they went; kept only when there is something to explain.
    var causes: Causes?

    /// Puts the demands into the universe and shuts out what contradicts them.
    init(_ universe: consuming Universe, _ plan: [Demand], keepingCauses: Bool = false) {
        self.universe = universe
        demands = plan
        if keepingCauses { causes = Causes() }
        limitDemandedNames()
    }

    /// Reduction (3), first half: contenders that some demand on their name does not admit are blocked.
    private mutating func limitDemandedNames() {
        for (place, demand) in demands.enumerated() {
            universe.match(demand.spec)
            let entry = universe.specs[Int(demand.spec)]
            let range = universe.names[Int(entry.name)].contenders
            if case .remove = demand.kind {
                for index in universe.providers(of: demand.spec) { block(index, place) }
            } else if demand.limits {
                // Providers are in the order of contenders: walk both.
                var admitted = universe.providers(of: demand.spec)[...]
                for index in range {
                    if admitted.first == ContenderIndex(index) {
                        admitted.removeFirst()
                    } else {
                        block(ContenderIndex(index), place)
                    }
                }
            }
        }
    }

    private mutating func block(_ contender: ContenderIndex, _ demand: Int) {
        universe.contenders[Int(contender)].state = .blocked
        causes?.add(.demand(demand), contender)
    }

    /// Reduction (1): the demands whose providers are none, or all shut out by other demands.
    var unmet: [Demand] {
        demands.filter { demand in
            demand.installs
                && !universe.providers(of: demand.spec).contains { universe.contenders[Int($0)].state != .blocked }
        }
    }

    /// Reduction (2): admits what the demands reach, nearest first.
    mutating func reach() {
        var pending: [SpecIndex] = []
        for demand in demands {
            switch demand.kind {
            case .pin, .remove: continue
            default: pending.append(demand.spec)
            }
        }
        admitVirtualPackages()
        var next = 0
        while next < pending.count {
            let spec = pending[next]
            next += 1
            guard !universe.specs[Int(spec)].isReached else { continue }
            universe.specs[Int(spec)].isReached = true
            universe.match(spec)
            let entry = universe.specs[Int(spec)]
            for place in Int(entry.providersStart)..<Int(entry.providersStart + entry.providersCount) {
                let contender = universe.providers[place]
                guard universe.contenders[Int(contender)].state == .idle else { continue }
                universe.contenders[Int(contender)].state = .admitted
                admitted.append(contender)
                universe.list(contender)
                for dependency in universe.depends(of: contender) {
                    let needed = universe.dependencies[dependency].spec
                    if !universe.specs[Int(needed)].isReached { pending.append(needed) }
                    // Nobody falls with a dependency that may turn out not to count.
                    guard universe.specs[Int(needed)].condition < 0 else { continue }
                    universe.dependencies[dependency].next = universe.specs[Int(needed)].lastDependent
                    universe.specs[Int(needed)].lastDependent = Int32(dependency)
                }
            }
        }
        effort.considered = universe.contenders.count
        effort.reachable = admitted.count
        effort.specs = universe.specs.count
    }

    /// Virtual packages are in every solution, asked for or not: what they contradict is out.
    private mutating func admitVirtualPackages() {
        for package in universe.fixed.indices where universe.fixed[package].installedIndex == nil {
            let name = universe.name(universe.fixed[package].name)
            universe.load(name)
            for index in universe.names[Int(name)].contenders where universe.contenders[index].state != .admitted {
                // Nothing else may bear a virtual package's name.
                universe.contenders[index].state = universe.contenders[index].isFixed ? .admitted : .blocked
                if universe.contenders[index].isFixed { admitted.append(ContenderIndex(index)) }
                universe.list(ContenderIndex(index))
            }
        }
    }

    /// Reduction (3), second half: takes out contenders with a dependency that nothing left satisfies, to a fixpoint.
    ///
    /// Each spec counts on its first provider that is still in; when that one goes the spec moves on, and when there
    /// is none left all that depend on the spec go. Every list is walked once.
    mutating func removeUninstallable() {
        var fallen: [ContenderIndex] = []
        for spec in universe.specs.indices where universe.specs[spec].isReached {
            advance(SpecIndex(spec), &fallen)
        }
        settle(&fallen)
    }

    /// Takes out a contender; those that fall with it are found by ``settle(_:)``.
    mutating func remove(_ contender: ContenderIndex, _ cause: Causes.Cause, _ fallen: inout [ContenderIndex]) {
        guard universe.contenders[Int(contender)].state == .admitted else { return }
        universe.contenders[Int(contender)].state = .removed
        causes?.add(cause, contender)
        fallen.append(contender)
    }

    /// Lets the specs that counted on fallen contenders look for others, until none falls any more.
    mutating func settle(_ fallen: inout [ContenderIndex]) {
        while let contender = fallen.popLast() {
            var spec = universe.contenders[Int(contender)].firstWatcher
            universe.contenders[Int(contender)].firstWatcher = -1
            while spec >= 0 {
                let next = universe.specs[Int(spec)].nextWatcher
                advance(spec, &fallen)
                spec = next
            }
        }
    }

    /// Forgets what reductions took out.
    mutating func dropRemoved() {
        admitted.removeAll { universe.contenders[Int($0)].state != .admitted }
        effort.installable = admitted.count
    }

    /// Finds the spec another provider to count on, or takes out all that depend on it.
    private mutating func advance(_ spec: SpecIndex, _ fallen: inout [ContenderIndex]) {
        let entry = universe.specs[Int(spec)]
        var cursor = entry.cursor
        while cursor < entry.providersCount {
            let provider = universe.providers[Int(entry.providersStart + cursor)]
            if universe.contenders[Int(provider)].state == .admitted {
                universe.specs[Int(spec)].cursor = cursor
                universe.specs[Int(spec)].nextWatcher = universe.contenders[Int(provider)].firstWatcher
                universe.contenders[Int(provider)].firstWatcher = spec
                return
            }
            cursor += 1
        }
        universe.specs[Int(spec)].cursor = cursor
        // pip for python is a courtesy: without a usable pip, python stays.
        if spec == universe.pipSpec { return }
        var dependency = entry.lastDependent
        while dependency >= 0 {
            let owner = universe.dependencies[Int(dependency)].owner
            remove(owner, .need(spec), &fallen)
            dependency = universe.dependencies[Int(dependency)].next
        }
    }

    /// Whether a spec has a provider left; meant for after ``removeUninstallable()``.
    func isSatisfiable(_ spec: SpecIndex) -> Bool {
        universe.specs[Int(spec)].cursor < universe.specs[Int(spec)].providersCount
    }

    /// The demands that nothing can satisfy.
    var hopeless: [Demand] { demands.filter { $0.installs && !isSatisfiable($0.spec) } }

    /// The providers of a spec that are left.
    func remaining(_ spec: SpecIndex) -> [ContenderIndex] {
        universe.providers(of: spec).filter { universe.contenders[Int($0)].state == .admitted }
    }

    mutating func setContenders(_ count: Int) { effort.contenders = count }
}
