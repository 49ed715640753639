// SPDX-License-Identifier: BSD-3-Clause
import Conda

extension Universe {
    /// Finds the providers of a spec among the contenders of its name, once.
    mutating func match(_ spec: SpecIndex) {
        guard !specs[Int(spec)].isMatched else { return }
        specs[Int(spec)].isMatched = true
        let name = specs[Int(spec)].name
        load(name)
        let start = providers.count
        let range = names[Int(name)].contenders
        switch matchers[Int(spec)].kind {
        case .unreadable: break
        case .any: for index in range { providers.append(ContenderIndex(index)) }
        case .version(let spec):
            let condition = spec.condition
            var lastVersion: Int32 = -1
            var lastAnswer = false
            versions.withUnsafeBufferPointer { versions in
                for index in range {
                    let version = contenders[index].version
                    if version != lastVersion {
                        lastVersion = version
                        lastAnswer = condition.matches(versions[Int(version)])
                    }
                    if lastAnswer { providers.append(ContenderIndex(index)) }
                }
            }
        case .installed(let installed):
            for index in range where contenders[index].isFixed {
                if fixed[Int(~contenders[index].source)].installedIndex == installed {
                    providers.append(ContenderIndex(index))
                }
            }
        case .full(let full):
            var lastVersion: Int32 = -1
            var lastAnswer = false
            for index in range {
                let version = contenders[index].version
                if version != lastVersion {
                    lastVersion = version
                    lastAnswer = full.version?.matches(versions[Int(version)]) ?? true
                }
                if lastAnswer, matchers[Int(spec)].matchesRest(full, contenders[index], self) {
                    providers.append(ContenderIndex(index))
                }
            }
        }
        specs[Int(spec)].providersStart = UInt32(start)
        specs[Int(spec)].providersCount = UInt32(providers.count - start)
    }

    /// The contenders that a matched spec admits, best first.
    func providers(of spec: SpecIndex) -> ArraySlice<ContenderIndex> {
        let entry = specs[Int(spec)]
        return providers[Int(entry.providersStart)..<Int(entry.providersStart + entry.providersCount)]
    }

    /// Lists the dependencies and constrains of a contender, once.
    mutating func list(_ contender: ContenderIndex) {
        guard !contenders[Int(contender)].isListed else { return }
        contenders[Int(contender)].isListed = true
        let start = dependencies.count
        let source = contenders[Int(contender)].source
        var dependsCount = 0
        if isGroup(contender) {
            // Its dependencies are those of the packages that have the group.
        } else if source >= 0 {
            let row = table.rows[Int(source)]
            for place in row.depends { need(spec(table.lists[Int(place)]), contender) }
            if row.additions != 0 { needGroups(row, contender) }
            addPip(contender)
            // One that cannot be read is a need that nothing answers.
            for place in row.constrains {
                let spec = spec(table.lists[Int(place)])
                if case .unreadable = matchers[Int(spec)].kind { add(spec, contender) }
            }
            dependsCount = dependencies.count - start
            for place in row.constrains { constrain(spec(table.lists[Int(place)]), contender) }
        } else {
            let package = fixed[Int(~source)]
            // What was broken before is not this solve's to repair.
            for text in package.depends where isHeldByFixed(text) { need(spec(text: text), contender) }
            needGroups(package, contender)
            dependsCount = dependencies.count - start
            for text in package.constrains where !isBrokenByFixed(text) { constrain(spec(text: text), contender) }
        }
        contenders[Int(contender)].dependsStart = UInt32(start)
        contenders[Int(contender)].dependsCount = UInt16(clamping: dependsCount)
        contenders[Int(contender)].constrainsCount = UInt16(clamping: dependencies.count - start - dependsCount)
    }

    /// Adds a dependency, unless it is known not to count, and those on the groups that it asks for.
    private mutating func need(_ spec: SpecIndex, _ owner: ContenderIndex) {
        guard specs[Int(spec)].hasTerms else { return add(spec, owner) }
        guard verdict(of: spec) != .never else { return }
        add(spec, owner)
        for group in terms[spec]?.groups ?? [] { add(group, owner) }
    }

    /// Adds a constraint, unless it is known not to count; groups mean nothing in it.
    private mutating func constrain(_ spec: SpecIndex, _ owner: ContenderIndex) {
        if !specs[Int(spec)].hasTerms || verdict(of: spec) != .never { add(spec, owner) }
    }

    private mutating func needGroups(_ row: Candidate, _ owner: ContenderIndex) {
        for (name, depends) in table.additions(of: row)?.groups ?? [] {
            let group = groupSpec(names[Int(contenders[Int(owner)].name)].text, table.strings[name])
            for place in depends { need(spec(table.lists[Int(place)], ofGroup: group), owner) }
        }
    }

    private mutating func needGroups(_ package: FixedPackage, _ owner: ContenderIndex) {
        for (name, depends) in package.extraDepends {
            let group = groupSpec(package.name, name)
            for text in depends { need(spec(text: text, ofGroup: group), owner) }
        }
    }

    /// Whether something installed or virtual satisfies a dependency.
    private mutating func isHeldByFixed(_ text: String) -> Bool {
        let spec = spec(text: text)
        match(spec)
        if providers(of: spec).contains(where: { contenders[Int($0)].isFixed }) { return true }
        return specs[Int(spec)].hasTerms
            && (verdict(of: spec) == .never || !counts(spec) { contenders[Int($0)].isFixed })
    }

    /// Whether something installed or virtual contradicts a constraint.
    private mutating func isBrokenByFixed(_ text: String) -> Bool {
        let spec = spec(text: text)
        match(spec)
        if specs[Int(spec)].hasTerms,
            verdict(of: spec) == .never || !counts(spec, where: { contenders[Int($0)].isFixed })
        {
            return false
        }
        let isPresent = names[Int(specs[Int(spec)].name)].contenders.contains { contenders[$0].isFixed }
        return isPresent && !providers(of: spec).contains { contenders[Int($0)].isFixed }
    }

    /// `python` needs `pip` (Rules §20.4), except python 1 of the last century.
    private mutating func addPip(_ contender: ContenderIndex) {
        guard pipSpec >= 0, contenders[Int(contender)].name == pythonName else { return }
        add(pipSpec, contender)
    }

    private mutating func add(_ spec: SpecIndex, _ owner: ContenderIndex) {
        dependencies.append(Dependency(spec: spec, owner: owner))
    }

    /// The places of a listed contender's depends in ``dependencies``.
    func depends(of contender: ContenderIndex) -> Range<Int> {
        let entry = contenders[Int(contender)]
        return Int(entry.dependsStart)..<Int(entry.dependsStart) + Int(entry.dependsCount)
    }

    /// The places of a listed contender's constrains in ``dependencies``.
    func constrains(of contender: ContenderIndex) -> Range<Int> {
        let entry = contenders[Int(contender)]
        return Int(entry.constrainsStart)..<Int(entry.constrainsStart) + Int(entry.constrainsCount)
    }
}
