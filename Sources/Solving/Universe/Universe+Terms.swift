// SPDX-License-Identifier: BSD-3-Clause
import Conda

/// What goes with a spec besides what it admits: when it counts (CEP 43) and the groups it asks for (CEP 44).
struct SpecTerms {
    var condition: SpecCondition?
    /// The group that a dependency belongs to: it counts only where that is asked for.
    var owner: SpecIndex = -1
    var groupNames: [String] = []
    /// The specs on the groups, made when the spec is first listed; they count when the spec does.
    var groups: [SpecIndex] = []
    var verdict: Verdict?

    /// What is known of a condition before solving.
    enum Verdict { case always, never, open }
}

/// A condition that only the solution decides, in numbers.
indirect enum OpenCondition {
    /// Some package that the spec admits is in the solution.
    case spec(SpecIndex)
    case all([OpenCondition])
    case either([OpenCondition])

    func holds(where isHeld: (SpecIndex) -> Bool) -> Bool {
        switch self {
        case .spec(let spec): isHeld(spec)
        case .all(let parts): parts.allSatisfy { $0.holds(where: isHeld) }
        case .either(let parts): parts.contains { $0.holds(where: isHeld) }
        }
    }
}

extension Universe {
    /// The spec on a group of a package's optional dependencies.
    mutating func groupSpec(_ package: String, _ group: String) -> SpecIndex {
        // No package's name has brackets.
        let name = "\(package)[\(group)]"
        if let known = groupSpecs[name] { return known }
        let spec = spec(matcher: SpecMatcher(name: name, kind: .any))
        names[Int(specs[Int(spec)].name)].isGroup = true
        groupSpecs[name] = spec
        return spec
    }

    /// The number of a dependency of a group: it counts where the group is asked for.
    mutating func spec(_ text: StringID, ofGroup group: SpecIndex) -> SpecIndex { copy(spec(text), ofGroup: group) }

    /// The number of a dependency of a group from elsewhere.
    mutating func spec(text: String, ofGroup group: SpecIndex) -> SpecIndex { copy(spec(text: text), ofGroup: group) }

    private mutating func copy(_ plain: SpecIndex, ofGroup group: SpecIndex) -> SpecIndex {
        let key = UInt64(UInt32(bitPattern: plain)) << 32 | UInt64(UInt32(bitPattern: group))
        if let known = groupDependencies[key] { return known }
        // A record with a dependency that cannot be read is out, whoever asks for the group.
        if case .unreadable = matchers[Int(plain)].kind { return plain }
        let spec = spec(matcher: matchers[Int(plain)])
        terms[spec, default: SpecTerms()].owner = group
        specs[Int(spec)].hasTerms = true
        groupDependencies[key] = spec
        return spec
    }

    /// What is known of when a spec counts. Virtual packages are in every solution and decide at once, and so does what
    /// no contender answers.
    mutating func verdict(of spec: SpecIndex) -> SpecTerms.Verdict {
        guard specs[Int(spec)].hasTerms, var term = terms[spec] else { return .always }
        if let known = term.verdict { return known }
        var parts: [OpenCondition] = []
        if term.owner >= 0 { parts.append(.spec(term.owner)) }
        if let condition = term.condition { parts.append(open(condition)) }
        var left: [OpenCondition] = []
        var verdict = SpecTerms.Verdict.always
        for part in parts {
            let (known, rest) = decide(part)
            if known == .never {
                verdict = .never
                break
            }
            if let rest { left.append(rest) }
        }
        if verdict != .never, !left.isEmpty {
            verdict = .open
            specs[Int(spec)].condition = Int32(conditions.count)
            conditions.append(left.count == 1 ? left[0] : .all(left))
        }
        if verdict != .never {
            term.groups = term.groupNames.map { conditionalGroup(matchers[Int(spec)].name, $0, like: spec) }
        }
        term.verdict = verdict
        terms[spec] = term
        return verdict
    }

    /// A group's spec that counts when `spec` does.
    private mutating func conditionalGroup(_ package: String, _ group: String, like spec: SpecIndex) -> SpecIndex {
        let plain = groupSpec(package, group)
        guard specs[Int(spec)].condition >= 0 else { return plain }
        let copy = self.spec(matcher: matchers[Int(plain)])
        specs[Int(copy)].condition = specs[Int(spec)].condition
        return copy
    }

    private mutating func open(_ condition: SpecCondition) -> OpenCondition {
        switch condition {
        case .spec(let spec):
            var parts = [OpenCondition.spec(atom(spec))]
            for group in spec.details.extras { parts.append(.spec(groupSpec(spec.exactName ?? "", group))) }
            return parts.count == 1 ? parts[0] : .all(parts)
        case .all(let inner): return .all(inner.map { open($0) })
        case .either(let inner): return .either(inner.map { open($0) })
        }
    }

    private mutating func atom(_ spec: MatchSpec) -> SpecIndex {
        let key = "\(spec)"
        if let known = atoms[key] { return known }
        let index = self.spec(matcher: SpecMatcher(spec))
        atoms[key] = index
        return index
    }

    /// Decides what can be decided now; what is left is nil unless the verdict is open.
    private mutating func decide(_ condition: OpenCondition) -> (SpecTerms.Verdict, OpenCondition?) {
        switch condition {
        case .spec(let spec):
            match(spec)
            let found = providers(of: spec)
            if found.isEmpty { return (.never, nil) }
            if names[Int(specs[Int(spec)].name)].isDemandedGroup { return (.always, nil) }
            return found.contains { isVirtual($0) } ? (.always, nil) : (.open, condition)
        case .all(let parts):
            var left: [OpenCondition] = []
            for part in parts {
                let (verdict, rest) = decide(part)
                if verdict == .never { return (.never, nil) }
                if let rest { left.append(rest) }
            }
            return left.isEmpty ? (.always, nil) : (.open, left.count == 1 ? left[0] : .all(left))
        case .either(let parts):
            var left: [OpenCondition] = []
            for part in parts {
                let (verdict, rest) = decide(part)
                if verdict == .always { return (.always, nil) }
                if let rest { left.append(rest) }
            }
            return left.isEmpty ? (.never, nil) : (.open, left.count == 1 ? left[0] : .either(left))
        }
    }

    /// Whether a spec counts in a solution.
    func counts(_ spec: SpecIndex, where isChosen: (ContenderIndex) -> Bool) -> Bool {
        let condition = specs[Int(spec)].condition
        guard condition >= 0 else { return true }
        return conditions[Int(condition)].holds { providers(of: $0).contains(where: isChosen) }
    }

    /// Whether a contender is a virtual package.
    func isVirtual(_ contender: ContenderIndex) -> Bool {
        let source = contenders[Int(contender)].source
        return source < 0 && fixed[Int(~source)].installedIndex == nil
    }

    /// Whether a contender stands for a group of optional dependencies.
    func isGroup(_ contender: ContenderIndex) -> Bool { Int(contenders[Int(contender)].source) == table.rows.count }
}
