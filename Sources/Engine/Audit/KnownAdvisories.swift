// SPDX-License-Identifier: BSD-3-Clause

/// What a database says of the packages that it was asked for.
struct KnownAdvisories: Sendable {
    private var advisories: [AdvisoryKey: [Advisory]] = [:]
    /// What a service answers to each question; nil for a file or directory.
    private var answers: [AuditedPackage.Identity: [Advisory]]?
    /// The ecosystems asked for of which it has no advisory at all.
    private let foreign: Set<String>
    let warnings: [String]

    /// Of a file or directory.
    init(_ found: [Advisory], foreign: Set<String>, warnings: [String] = []) {
        (self.foreign, self.warnings) = (foreign, warnings)
        for advisory in found.inOrder {
            for key in Set(advisory.affected.map(\.key)) { advisories[key, default: []].append(advisory) }
        }
    }

    /// Of a service.
    init(answers: [AuditedPackage.Identity: [Advisory]]) {
        self.answers = answers.mapValues(\.inOrder)
        (foreign, warnings) = ([], [])
    }

    /// It knows only of the versions that it was asked for.
    var isOfService: Bool { answers != nil }

    func hits(_ identity: AuditedPackage.Identity, _ version: AdvisoryVersion?) -> [AdvisoryHit] {
        // A service has looked at the version itself, and knows orders that krait does not.
        if let answers {
            return (answers[identity] ?? []).compactMap { AdvisoryHit($0, identity, version, isAnswer: true) }
        }
        return (advisories[identity.key] ?? []).compactMap { AdvisoryHit($0, identity, version) }
    }

    /// Why what ``hits(_:_:)`` tells may not be all; none when it is.
    func obstacles(_ identity: AuditedPackage.Identity, _ version: AdvisoryVersion?) -> Set<String> {
        let ecosystem = identity.key.ecosystem
        if foreign.contains(ecosystem) { return [AuditedPackage.foreign + ecosystem] }
        // A service has compared them itself.
        if answers != nil, ecosystem != AdvisoryKey.python { return [] }
        var obstacles: Set<String> = []
        for advisory in advisories[identity.key] ?? [] {
            let own = advisory.affected.filter { $0.key == identity.key }
            // What is found in any way needs no other.
            if own.contains(where: { $0.contains(identity.version, version) }) { continue }
            obstacles.formUnion(own.compactMap(\.obstacle))
        }
        if version == nil {
            obstacles.insert("\(identity.version) is not a version that can be compared")
        }
        return obstacles
    }
}

extension [Advisory] {
    /// Those that count, by their ids.
    fileprivate var inOrder: [Advisory] {
        filter { !$0.isWithdrawn }.sorted { $0.id.utf8.lexicographicallyPrecedes($1.id.utf8) }
    }
}
