// SPDX-License-Identifier: BSD-3-Clause

/// Names that every solution must have, and what follows from that.
struct ForcedNames {
    /// In the order they were found.
    var list: [NameIndex] = []
    var isForced: [Bool]

    mutating func insert(_ name: NameIndex) {
        guard !isForced[Int(name)] else { return }
        isForced[Int(name)] = true
        list.append(name)
    }
}

extension Problem {
    /// Carries reduction (3) further: a name that every contender of a forced name needs is forced too, and limited to
    /// what those contenders admit; whoever excludes all that is left of a forced name goes. Runs to a fixpoint.
    mutating func propagateForcedNames() {
        var forced = ForcedNames(isForced: Array(repeating: false, count: universe.names.count))
        for demand in demands where demand.installs { forced.insert(universe.specs[Int(demand.spec)].name) }
        for contender in admitted where isVirtual(contender) { forced.insert(universe.contenders[Int(contender)].name) }
        for name in forced.list { causes?.addForced(name, by: nil) }
        var tally = Tally(nameCount: universe.names.count, contenderCount: universe.contenders.count)
        var fallen: [ContenderIndex] = []
        var sizes: [NameIndex: Int] = [:]
        while true {
            var place = 0
            var changed = false
            while place < forced.list.count {
                let name = forced.list[place]
                place += 1
                let left = universe.names[Int(name)].contenders.filter { universe.contenders[$0].state == .admitted }
                // Nothing new follows from the same contenders.
                if sizes.updateValue(left.count, forKey: name) == left.count || left.isEmpty { continue }
                limitNeeded(by: left, of: name, &forced, &tally, &fallen)
                changed = true
            }
            guard changed else { return }
            removeContradicting(forced, &fallen)
            settle(&fallen)
        }
    }

    /// Finds what all of `owners` need and takes out what none of them admits.
    private mutating func limitNeeded(
        by owners: [Int], of owner: NameIndex, _ forced: inout ForcedNames, _ tally: inout Tally,
        _ fallen: inout [ContenderIndex]
    ) {
        tally.begin()
        for contender in owners {
            tally.beginOwner()
            for dependency in universe.depends(of: ContenderIndex(contender)) {
                let spec = universe.dependencies[dependency].spec
                if spec != universe.pipSpec, universe.specs[Int(spec)].condition < 0 {
                    tally.count(universe.specs[Int(spec)].name)
                }
            }
        }
        for name in tally.touched where tally.counts[Int(name)] == owners.count {
            forced.insert(name)
            causes?.addForced(name, by: owner)
            tally.beginMarks()
            for contender in owners {
                let needed = universe.depends(of: ContenderIndex(contender)).first {
                    let spec = universe.dependencies[$0].spec
                    return universe.specs[Int(spec)].name == name && spec != universe.pipSpec
                        && universe.specs[Int(spec)].condition < 0
                }
                guard let needed, tally.isNew(universe.dependencies[needed].spec, universe.specs.count) else {
                    continue
                }
                for provider in universe.providers(of: universe.dependencies[needed].spec) { tally.mark(provider) }
            }
            for index in universe.names[Int(name)].contenders where !tally.isMarked(index) {
                remove(ContenderIndex(index), .unwanted(by: owner), &fallen)
            }
        }
        settle(&fallen)
    }

    /// Takes out contenders that exclude every contender left of a forced name.
    private mutating func removeContradicting(_ forced: ForcedNames, _ fallen: inout [ContenderIndex]) {
        var verdicts = [Bool?](repeating: nil, count: universe.specs.count)
        for contender in admitted where universe.contenders[Int(contender)].state == .admitted {
            for place in universe.constrains(of: contender) {
                let spec = universe.dependencies[place].spec
                let name = universe.specs[Int(spec)].name
                guard Int(name) < forced.isForced.count, forced.isForced[Int(name)],
                    universe.specs[Int(spec)].condition < 0
                else { continue }
                if verdicts[Int(spec)] == nil {
                    universe.match(spec)
                    verdicts[Int(spec)] = !universe.providers(of: spec).contains {
                        universe.contenders[Int($0)].state == .admitted
                    }
                }
                if verdicts[Int(spec)] == true { remove(contender, .exclusion(spec), &fallen) }
            }
        }
    }
}

/// Counters by name and marks by contender that are emptied in no time.
private struct Tally {
    private(set) var counts: [Int]
    private(set) var touched: [NameIndex] = []
    private var lastOwner: [Int]
    private var owner = 0
    private var marks: [Int32]
    private var round: Int32 = 0
    private var specMarks: [Int32] = []

    init(nameCount: Int, contenderCount: Int) {
        counts = Array(repeating: 0, count: nameCount)
        lastOwner = counts
        marks = Array(repeating: 0, count: contenderCount)
    }

    mutating func begin() {
        for name in touched { counts[Int(name)] = 0 }
        touched.removeAll(keepingCapacity: true)
    }

    mutating func beginOwner() { owner += 1 }

    mutating func count(_ name: NameIndex) {
        guard lastOwner[Int(name)] != owner else { return }
        lastOwner[Int(name)] = owner
        if counts[Int(name)] == 0 { touched.append(name) }
        counts[Int(name)] += 1
    }

    mutating func beginMarks() { round += 1 }

    mutating func mark(_ contender: ContenderIndex) { marks[Int(contender)] = round }

    func isMarked(_ contender: Int) -> Bool { marks[contender] == round }

    /// Whether the spec comes up the first time since ``beginMarks()``.
    mutating func isNew(_ spec: SpecIndex, _ specCount: Int) -> Bool {
        if specMarks.count < specCount {
            specMarks.append(contentsOf: repeatElement(0, count: specCount - specMarks.count))
        }
        guard specMarks[Int(spec)] != round else { return false }
        specMarks[Int(spec)] = round
        return true
    }
}
