// SPDX-License-Identifier: BSD-3-Clause
package import Conda

/// Whether a lock still fits what an environment file asks for, and if not, why.
package struct LockCheck: Sendable {
    /// One way in which the lock does not fit.
    package enum Reason: Sendable, Equatable {
        /// No locked package has the name of the spec.
        case missing(MatchSpec)
        /// A package of the name is locked, but not as the spec wants it.
        case mismatch(MatchSpec, locked: String)
        case channels(wanted: [String], locked: [String])
        case missingRequirement(String)
        case requirementMismatch(String, locked: String)
        /// Locked packages that nothing asks for any more.
        case notAskedFor([String])
    }

    /// What is asked for, all files together.
    package var specs: [MatchSpec]
    package var requirements: [EnvironmentFile.PipRequirement]
    /// In the order of their use; empty to leave channels out of the comparison.
    package var channels: [Channel]
    package var platform: Subdir

    package init(
        specs: [MatchSpec], requirements: [EnvironmentFile.PipRequirement] = [], channels: [Channel] = [],
        platform: Subdir
    ) {
        self.specs = specs
        self.requirements = requirements
        self.channels = channels
        self.platform = platform
    }

    /// Every reason why `lock` does not fit, none when it does.
    ///
    /// - Parameter lockChannels: the lock's channels resolved as the file's were; a lock that names none is not asked.
    package func reasons(_ lock: LockedEnvironment, lockChannels: [Channel] = []) -> [Reason] {
        var reasons: [Reason] = []
        if !channels.isEmpty, !lockChannels.isEmpty, channels != lockChannels {
            reasons.append(.channels(wanted: channels.map(\.name), locked: lockChannels.map(\.name)))
        }
        for spec in specs { if let reason = reason(spec, lock) { reasons.append(reason) } }
        reasons += pipReasons(lock)
        let unused = notAskedFor(lock)
        if !unused.isEmpty { reasons.append(.notAskedFor(unused)) }
        return reasons
    }

    private func reason(_ spec: MatchSpec, _ lock: LockedEnvironment) -> Reason? {
        // Virtual packages belong to the machine.
        if spec.exactName?.hasPrefix("__") == true { return nil }
        if lock.packages.contains(where: { spec.matches($0.record) }) { return nil }
        if spec.hasDetails, let condition = spec.details.when, !mayHold(condition, lock) { return nil }
        guard let other = lock.packages.first(where: { spec.matches(name: $0.record.name) }) else {
            return .missing(spec)
        }
        return .mismatch(spec, locked: other.record.distribution)
    }

    /// A condition on what the machine has cannot be judged here, so it is taken not to hold.
    private func mayHold(_ condition: SpecCondition, _ lock: LockedEnvironment) -> Bool {
        condition.holds { spec in lock.packages.contains { spec.matches($0.record) } }
    }

    private func pipReasons(_ lock: LockedEnvironment) -> [Reason] {
        var locked: [String: String] = [:]
        for requirement in lock.requirements {
            locked[PythonPackageName.normalized(requirement.name)] = requirement.version
        }
        let python = lock.packages.first { $0.record.name == "python" }?.record.version
        let environment = PythonMarkerEnvironment(pythonVersion: python ?? "3", platform: platform)
        var reasons: [Reason] = []
        for written in requirements {
            let line = PipRequirementLine(written.text)
            // What a file or a directory asks for is in there, not here.
            guard let name = line.name else { continue }
            if let marker = line.requirement?.marker, !marker.holds(in: environment) { continue }
            guard let version = locked[name] ?? lock.packages.first(where: { $0.record.name == name })?.record.version
            else {
                reasons.append(.missingRequirement(line.text))
                continue
            }
            if let requirement = line.requirement, let found = PythonVersion(version),
                !requirement.specifiers.contains(found)
            {
                reasons.append(.requirementMismatch(line.text, locked: "\(name) \(version)"))
            }
        }
        return reasons
    }

    /// Names of packages that neither a spec nor, through what packages depend on, another package leads to.
    private func notAskedFor(_ lock: LockedEnvironment) -> [String] {
        var records: [String: [PackageRecord]] = [:]
        for package in lock.packages { records[package.record.name, default: []].append(package.record) }
        // pip comes with python.
        var waiting = records.keys.filter { name in
            name == "pip" || specs.contains { $0.matches(name: name) }
        }
        var reached = Set(waiting)
        while let name = waiting.popLast() {
            for record in records[name] ?? [] {
                for dependency in record.allDepends {
                    let next = CondaLockFile.split(dependency).name
                    if records[next] != nil, reached.insert(next).inserted { waiting.append(next) }
                }
            }
        }
        return records.keys.filter { !reached.contains($0) }.sorted()
    }
}

extension LockCheck.Reason: CustomStringConvertible {
    package var description: String {
        switch self {
        case .missing(let spec): "`\(spec)` is requested but not locked"
        case .mismatch(let spec, let locked): "`\(spec)` is requested, but \(locked) is locked"
        case .channels(let wanted, let locked):
            "the channels are \(wanted.joined(separator: ", ")), but it was locked from \(locked.joined(separator: ", "))"
        case .missingRequirement(let text): "`\(text)` is requested with pip but not locked"
        case .requirementMismatch(let text, let locked): "`\(text)` is requested with pip, but \(locked) is locked"
        case .notAskedFor(let names):
            names.count == 1
                ? "\(names[0]) is locked but not requested"
                : "\(names.prefix(5).joined(separator: ", "))\(names.count > 5 ? " and \(names.count - 5) more" : "")"
                    + " are locked but not requested"
        }
    }
}
