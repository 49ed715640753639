// SPDX-License-Identifier: BSD-3-Clause

/// An advisory that holds a version of a package.
struct AdvisoryHit {
    let advisory: Advisory
    let severity: Severity?
    /// Tenths of the CVSS score.
    let score: Int?
    /// The next version that has it no more.
    let fix: String?
    /// The version from which on it has it, where that is told.
    let start: String?

    /// Nil when `advisory` does not hold the version of `identity`; an answer of a service to just this question does.
    init?(
        _ advisory: Advisory, _ identity: AuditedPackage.Identity, _ version: AdvisoryVersion?, isAnswer: Bool = false
    ) {
        let own = advisory.affected.filter { $0.key == identity.key }
        var holding = own.filter { $0.contains(identity.version, version) }
        if holding.isEmpty {
            guard isAnswer else { return nil }
            holding = own
        }
        self.advisory = advisory
        score = holding.compactMap { advisory.score($0) }.max()
        severity = holding.compactMap { advisory.severity($0) }.max()
        start = holding.lazy.compactMap { $0.start(of: version) }.first
        fix = holding.lazy.compactMap { $0.fix(after: version) }.first
    }

    /// Those that name one another, or a third one in common, together.
    static func merged(_ hits: [AdvisoryHit]) -> [[AdvisoryHit]] {
        var groups: [(names: Set<String>, hits: [AdvisoryHit])] = []
        for hit in hits {
            var group = (names: Set([hit.advisory.id] + hit.advisory.aliases), hits: [hit])
            groups.removeAll { other in
                guard !other.names.isDisjoint(with: group.names) else { return false }
                group.names.formUnion(other.names)
                group.hits = other.hits + group.hits
                return true
            }
            groups.append(group)
        }
        return groups.map(\.hits)
    }

    /// Which of several names is shown: the ecosystem's own before GitHub's before the rest.
    static func prefers(_ one: String, _ other: String) -> Bool { (rank(one), one) < (rank(other), other) }

    private static func rank(_ id: String) -> Int {
        id.hasPrefix("PYSEC-") ? 0 : id.hasPrefix("GHSA-") ? 1 : id.hasPrefix("CVE-") ? 2 : 3
    }
}
