// SPDX-License-Identifier: BSD-3-Clause
import Conda
package import Failures
import Manifests
import Platform

/// What is known against the packages of an environment or a lock.
package struct Audit: Sendable {
    /// What is asked.
    package struct Request: Sendable {
        /// An environment; nil for a lock.
        package var prefix: String?
        package var lock: ChangeRequest?
        /// A path or a URL.
        package var database = ""
        package var mapping: String?
        package var ignore: String?

        package init() {}
    }

    /// One vulnerability of one package; records that are aliases of each other are one.
    package struct Finding: Sendable {
        package let package: AuditedPackage
        /// What the database calls the package.
        package let ecosystem: String
        package let name: String
        package let version: String
        package let id: String
        package let aliases: [String]
        package let summary: String
        package let severity: Severity?
        /// Tenths of the CVSS score.
        package let score: Int?
        /// Versions that have it no more, in their order.
        package let fixed: [String]
        /// Why and until when it is ignored.
        package var ignored: (reason: String, expires: String)?

        package var url: String { "https://osv.dev/vulnerability/\(id)" }
    }

    package private(set) var findings: [Finding] = []
    package private(set) var ignored: [Finding] = []
    /// What could not be looked up, and why.
    package private(set) var unchecked: [(package: AuditedPackage, reason: String)] = []
    package private(set) var checkedCount = 0
    package private(set) var warnings: [String] = []
    private let known: KnownAdvisories
    private let database: AdvisoryDatabase
    private let packages: [AuditedPackage]
    private var mapping: AuditMapping?
    private var rules = IgnoredAdvisories()

    /// - Throws: `Failure` for what cannot be read.
    package init(_ request: Request, context: Context) throws(Failure) {
        var packages: [AuditedPackage]
        if let lock = request.lock {
            packages = try context.auditedPackages(lock: lock)
        } else {
            packages = try context.auditedPackages(prefix: request.prefix ?? "")
        }
        if let file = request.mapping {
            let own = try AuditMapping(try context.auditFile(file), subject: file)
            warnings = own.complete(&packages)
            mapping = own
        }
        if let file = request.ignore {
            rules = try IgnoredAdvisories(
                try context.auditFile(file), subject: file, nowSeconds: wallClockSeconds())
        }
        database = try AdvisoryDatabase(request.database, context)
        known = try database.advisories(packages.flatMap(\.identities), context)
        warnings += known.warnings
        self.packages = packages
        for package in packages { judge(package) }
        apply(rules)
    }

    private mutating func judge(_ package: AuditedPackage) {
        var reasons = Set(package.unread)
        if package.identities.isEmpty, reasons.isEmpty { reasons = [package.reason] }
        var seen: Set<[String]> = []
        for identity in package.identities {
            let version = AdvisoryVersion(identity)
            reasons.formUnion(known.obstacles(identity, version))
            for hits in AdvisoryHit.merged(known.hits(identity, version)) {
                let finding = Finding(package, identity, hits, version)
                // A mapping may name what the metadata names.
                if seen.insert([finding.ecosystem, finding.name, finding.id]).inserted { findings.append(finding) }
            }
        }
        if reasons.isEmpty { checkedCount += 1 }
        unchecked += reasons.sorted().map { (package, $0) }
    }

    /// A package of a proposed change that something is known against.
    struct Objection {
        let name: String
        let version: String
        let advisory: String
        /// Below which version it is not there, or that version itself.
        let end: String
    }

    /// What is known against the packages that `plan` installs or changes, without what is ignored, and those that cannot
    /// be looked up.
    func objections(
        to plan: ChangePlan, _ context: Context
    ) throws(Failure) -> (affected: [Objection], unknown: [String]) {
        var brought = plan.links.map { link in
            link.audited(packages.first { $0.name == link.record.name && $0.manager == "conda" })
        }
        _ = mapping?.complete(&brought)
        // Of packages that are new nobody has asked.
        let known = try database.advisories(brought.flatMap(\.identities), context)
        var affected: [Objection] = []
        var unknown: [String] = []
        for package in brought {
            var isUnknown = !package.unread.isEmpty
            var hit: AdvisoryHit?
            for identity in package.identities {
                let version = AdvisoryVersion(identity)
                if !known.obstacles(identity, version).isEmpty { isUnknown = true }
                let groups = AdvisoryHit.merged(known.hits(identity, version)).filter { group in
                    let ids = group.flatMap { [$0.advisory.id] + $0.advisory.aliases }
                    return rules.entries(for: ids, package: package.name).allSatisfy { rules.entries[$0].isExpired }
                }
                hit = hit ?? groups.first?.first
            }
            if let hit {
                let (version, id) = (package.version, hit.advisory.id)
                affected.append(
                    Objection(name: package.name, version: version, advisory: id, end: hit.start ?? version))
            } else if isUnknown {
                unknown.append(package.name)
            }
        }
        return (affected, unknown)
    }

    /// The first version from `version` on that has a fix of everything that is known against those before, and nothing known
    /// against itself; nil when the fixes lead to none.
    func free(_ key: AdvisoryKey, from version: PythonVersion, _ context: Context) throws(Failure) -> PythonVersion? {
        var version = version
        for _ in 0..<16 {
            let hits = try hits(key, version.description, context)
            if hits.isEmpty { return version }
            let fixes = hits.compactMap { $0.fix.flatMap { PythonVersion($0) } }
            guard fixes.count == hits.count, let next = fixes.max(), next > version else { return nil }
            version = next
        }
        return nil
    }

    /// What is known against a version that need not be there, without what is ignored.
    private func hits(_ key: AdvisoryKey, _ version: String, _ context: Context) throws(Failure) -> [AdvisoryHit] {
        let other = AuditedPackage.Identity(key: key, version: version)
        // A service has told of the versions that are there, of no others.
        let known = known.isOfService ? try database.advisories([other], context) : known
        let accepted = Set(
            ignored.filter { $0.ecosystem == key.ecosystem && $0.name == key.name }.flatMap { [$0.id] + $0.aliases })
        return known.hits(other, AdvisoryVersion(other)).filter {
            !accepted.contains($0.advisory.id) && accepted.isDisjoint(with: $0.advisory.aliases)
        }
    }

    /// Takes out what is ignored, and tells of rules that are past or of no use.
    private mutating func apply(_ rules: IgnoredAdvisories) {
        var used: Set<Int> = []
        var left: [Finding] = []
        for finding in findings {
            let places = rules.entries(for: [finding.id] + finding.aliases, package: finding.package.name)
            guard let place = places.first else {
                left.append(finding)
                continue
            }
            let rule = rules.entries[place]
            if !used.contains(place), rule.isExpired {
                warnings.append("\(rule.id) was ignored until \(rule.expires) and counts again")
            }
            used.formUnion(places)
            var finding = finding
            finding.ignored = (rule.reason, rule.expires)
            if rule.isExpired { left.append(finding) } else { ignored.append(finding) }
        }
        findings = left.sorted(by: Finding.precedes)
        for (place, rule) in rules.entries.enumerated() where !used.contains(place) {
            warnings.append("\(rule.id) is ignored and was not found")
        }
    }

    /// Whether there are packages and none of them could be looked up.
    package var checkedNothing: Bool {
        checkedCount == 0 && !unchecked.isEmpty && findings.isEmpty && ignored.isEmpty
    }

    /// Whether a finding is at least so bad; one whose severity nobody knows is.
    package func reaches(_ level: Severity) -> Bool { findings.contains { $0.severity.map { $0 >= level } ?? true } }
}

extension AdvisoryVersion {
    fileprivate init?(_ identity: AuditedPackage.Identity) {
        self.init(identity.version, isPython: identity.key.ecosystem == AdvisoryKey.python)
    }
}

extension Audit.Finding {
    fileprivate init(
        _ package: AuditedPackage, _ identity: AuditedPackage.Identity, _ hits: [AdvisoryHit],
        _ version: AdvisoryVersion?
    ) {
        self.package = package
        ecosystem = identity.key.ecosystem
        name = identity.key.name
        self.version = identity.version
        let own = hits.map(\.advisory.id).sorted(by: AdvisoryHit.prefers)
        id = own.first ?? ""
        var seen = Set([id])
        aliases = (own + hits.flatMap(\.advisory.aliases).sorted()).filter { seen.insert($0).inserted }
        summary = hits.lazy.map(\.advisory.summary).first { !$0.isEmpty } ?? ""
        severity = hits.compactMap(\.severity).max()
        score = hits.compactMap(\.score).max()
        let isPython = identity.key.ecosystem == AdvisoryKey.python
        let fixes = Set(hits.compactMap(\.fix)).compactMap { text in
            AdvisoryVersion(text, isPython: isPython).map { (text: text, version: $0) }
        }
        fixed = fixes.sorted { ($0.version, $0.text) < ($1.version, $1.text) }.map(\.text)
    }

    /// The worst first.
    fileprivate static func precedes(_ one: Self, _ other: Self) -> Bool {
        let (left, right) = (one.severity?.rawValue ?? 0, other.severity?.rawValue ?? 0)
        if left != right { return left > right }
        return (one.package.name, one.id) < (other.package.name, other.id)
    }
}

extension Context {
    /// A small file that the user wrote.
    fileprivate func auditFile(_ file: String) throws(Failure) -> [UInt8] {
        guard let bytes = try readInput(absolute(file), limit: 16 << 20, cancellation: cancellation) else {
            throw Failure(.usage, file, "there is no such file")
        }
        return bytes
    }
}
