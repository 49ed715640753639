// SPDX-License-Identifier: BSD-3-Clause
import Conda
package import Failures
import Manifests
import Prefix

/// The smallest change that takes what was found out of an environment, as far as the solver can make one.
package struct AuditFix: Sendable {
    /// What conda packages would change; nil when none can.
    package private(set) var plan: ChangePlan?
    /// What the plan was made for: `name>=version`.
    package private(set) var specs: [String] = []
    /// Requirements for pip.
    package private(set) var pip: [String] = []
    /// The words before ``pip`` by which they are installed.
    package private(set) var pipCommand: [String] = []
    /// What else is to be known of the proposal.
    package private(set) var warnings: [String] = []
    /// What stays, and why.
    package private(set) var impossible: [(package: String, reason: String)] = []

    /// Plans from the versions that the advisories call fixed: with every other package as it is, then with what has to
    /// follow, then without the packages for which even that has no solution.
    ///
    /// - Throws: `Failure` for channels that cannot be read.
    package init(_ audit: Audit, request base: ChangeRequest, context: Context) throws(Failure) {
        var wanted: [(package: String, spec: String)] = []
        var seen: Set<String> = []
        for finding in audit.findings where seen.insert("\(finding.package.manager) \(finding.package.name)").inserted {
            let name = finding.package.name
            let own = audit.findings.filter {
                $0.package.name == name && $0.package.manager == finding.package.manager
            }
            switch try Self.target(own, audit, context) {
            // An index has more versions than anybody has looked at.
            case .success(let version) where finding.package.manager == "pypi":
                pip.append("\(name)==\(version.description)")
            case .success(let version): wanted.append((name, "\(name)>=\(version.description)"))
            case .failure(let failure): impossible.append((name, failure.reason))
            }
        }
        if !pip.isEmpty {
            let python = try PrefixState.read(base.prefix).flatMap { (state) throws(Failure) in
                try InstalledPython.read(state)
            }
            if let installer = python.flatMap({ PipInstaller(of: base.prefix, $0, context: context) }) {
                pipCommand = installer.words
            } else {
                impossible += pip.map { ("\($0.prefix { $0 != "=" })", "neither pip nor uv is there") }
                pip = []
            }
        }
        if wanted.isEmpty { return }
        var request = base
        for isFrozen in [true, false] {
            request.specs = wanted.map(\.spec)
            request.freezeInstalled = isFrozen
            if try attempt(request, context) {
                try settle(audit, request, context)
                return
            }
        }
        // One after another, so that what can be had is had.
        var possible: [(package: String, spec: String)] = []
        for one in wanted {
            request.specs = (possible + [one]).map(\.spec)
            if try attempt(request, context) {
                possible.append(one)
            } else {
                impossible.append((one.package, "the solver finds no solution for \(one.spec)"))
            }
        }
        try settle(audit, request, context)
    }

    /// True when there is a plan.
    private mutating func attempt(_ request: ChangeRequest, _ context: Context) throws(Failure) -> Bool {
        do throws(Failure) {
            plan = try Planner(context).plan(request)
            specs = request.specs
            return true
        } catch {
            guard error.code == .unsatisfiable else { throw error }
            return false
        }
    }

    /// How often a plan is made anew because what it takes is affected too.
    private static let attempts = 8

    /// Goes below versions that are affected too, and tells of packages that this does not help.
    private mutating func settle(_ audit: Audit, _ request: ChangeRequest, _ context: Context) throws(Failure) {
        var request = request
        for number in 0...Self.attempts {
            guard let plan else { return }
            let (left, unknown) = try audit.objections(to: plan, context)
            request.specs = specs
            for one in left {
                for index in specs.indices where specs[index].hasPrefix("\(one.name)>=") {
                    request.specs[index] = "\(specs[index].prefix { $0 != "," }),<\(one.end)"
                }
            }
            if number < Self.attempts, request.specs != specs {
                if try attempt(request, context) { continue }
                if request.freezeInstalled {
                    request.freezeInstalled = false
                    if try attempt(request, context) { continue }
                }
            }
            for one in left {
                let isKnown = audit.findings.contains { $0.package.name == one.name }
                let reason =
                    isKnown
                    ? "\(one.version) is affected too" : "the proposal brings \(one.version), which has \(one.advisory)"
                impossible.append((one.name, reason))
            }
            warnings = plan.warnings
            if !unknown.isEmpty {
                warnings.append(
                    "the proposal brings packages that could not be checked: \(unknown.sorted().joined(separator: ", "))"
                )
            }
            let asked = try PrefixState.read(request.prefix).map { (state) throws(Failure) in
                try InstalledEnvironment(state).requestedSpecs()
            }
            for record in plan.removals where asked?[record.name] != nil {
                warnings.append("the proposal removes \(record.name), which was requested")
            }
            return
        }
    }

    /// The version from which on nothing of `findings`, which are of one package, is left, and that is not affected itself.
    private static func target(
        _ findings: [Audit.Finding], _ audit: Audit, _ context: Context
    ) throws(Failure) -> Result<PythonVersion, Failure> {
        func impossible(_ reason: String) -> Result<PythonVersion, Failure> {
            .failure(Failure(.unsatisfiable, "", reason))
        }
        guard let one = findings.first else { return impossible("nothing was found") }
        if let place = one.package.place { return impossible("it was installed from \(place)") }
        var highest: PythonVersion?
        for finding in findings {
            guard finding.ecosystem == AdvisoryKey.python, finding.version == finding.package.version else {
                return impossible("its version is not the one that advisories count by")
            }
            // Records that are one finding may disagree; from the last on none of them is left.
            guard let text = finding.fixed.last, let version = PythonVersion(text) else {
                return impossible("\(finding.id) is not fixed in any version")
            }
            highest = highest.map { max($0, version) } ?? version
        }
        guard let highest else { return impossible("nothing was found") }
        let key = AdvisoryKey(ecosystem: AdvisoryKey.python, name: one.name)
        guard let free = try audit.free(key, from: highest, context) else {
            return impossible("\(highest.description) is affected too")
        }
        return .success(free)
    }
}
