// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Failures
import Manifests

/// What a database calls a package: its ecosystem and its name there.
struct AdvisoryKey: Sendable, Hashable {
    let ecosystem: String
    let name: String

    init(ecosystem: String, name: String) {
        self.ecosystem = ecosystem
        self.name = ecosystem == Self.python ? PythonPackageName.normalized(name) : name
    }

    static let python = "PyPI"

    init?(_ json: JSON?) {
        guard let ecosystem = json?["ecosystem"]?.string, let name = json?["name"]?.string else { return nil }
        self.init(ecosystem: ecosystem, name: name)
    }
}

/// A record of a vulnerability in the schema of OSV (1.7).
struct Advisory: Sendable {
    /// What it says of one package.
    struct Affected: Sendable {
        let key: AdvisoryKey
        let versions: [String]
        let ranges: [AdvisoryRange]
        /// Why versions that it does not hold may be affected all the same; nil when they are not.
        let obstacle: String?
        /// Tenths of the CVSS score for this package alone, where a vector is given.
        let score: Int?
        let severity: Severity?
    }

    let id: String
    let aliases: [String]
    let summary: String
    /// It was taken back.
    let isWithdrawn: Bool
    let affected: [Affected]
    private let ownScore: Int?
    private let severityWord: Severity?

    /// How bad it is for the package of `affected`; nil when it does not say.
    func severity(_ affected: Affected) -> Severity? {
        (affected.score ?? ownScore).flatMap { Severity(tenths: $0) } ?? affected.severity ?? severityWord
    }

    /// Tenths of the CVSS score for the package of `affected`, where a vector is given for it or for all.
    func score(_ affected: Affected) -> Int? { affected.score ?? ownScore }

    /// - Throws: `Failure(.parse)` when it has no `id`, or one that cannot be shown as a word.
    init(_ bytes: [UInt8], subject: String) throws(Failure) {
        let json = try JSON.parse(bytes, subject: subject, limits: ParsingLimits(bytes: 1 << 26, depth: 64))
        guard let id = json["id"]?.string, !id.isEmpty else { throw Failure(.parse, subject, "has no `id`") }
        // It stands in tables and URLs.
        guard id.utf8.count <= 256, id.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw Failure(.parse, subject, "has an unusable `id`: \(id.prefix(40))")
        }
        self.id = id
        aliases = json["aliases"]?.array?.compactMap(\.string) ?? []
        let text = json["summary"]?.string ?? json["details"]?.string ?? ""
        summary = String(text.split(separator: "\n").first?.prefix(200) ?? "")
        isWithdrawn = json["withdrawn"]?.string != nil
        let all = json["affected"]?.array ?? []
        affected = all.compactMap { Affected($0, id: id) }
        ownScore = VectorScore.highest(json["severity"])
        severityWord = json["database_specific"]?["severity"]?.string.flatMap { Severity(name: $0) }
    }
}

extension Advisory.Affected {
    fileprivate init?(_ json: JSON, id: String) {
        guard let key = AdvisoryKey(json["package"]) else { return nil }
        self.key = key
        versions = json["versions"]?.array?.compactMap(\.string) ?? []
        let isPython = key.ecosystem == AdvisoryKey.python
        let all = json["ranges"]?.array ?? []
        ranges = all.compactMap { AdvisoryRange($0, isPython: isPython) }
        let types = Set(all.map { $0["type"]?.string })
        if !isPython, types.contains("ECOSYSTEM") {
            obstacle = "versions of \(key.ecosystem) cannot be compared"
        } else if let text = ranges.lazy.compactMap(\.unreadable).first {
            obstacle = "\(id): `\(text)` is not a version that can be compared"
        } else if !types.isSubset(of: ["GIT", "SEMVER", "ECOSYSTEM"]) {
            obstacle = "\(id): it has ranges of a kind that krait does not know"
        } else {
            // Where versions are told too, commits are for those who build from source.
            let hasNone = ranges.isEmpty && versions.isEmpty && !all.isEmpty
            obstacle = hasNone ? "\(id): it tells commits, not versions" : nil
        }
        score = VectorScore.highest(json["severity"])
        let words = [json["ecosystem_specific"]?["severity"], json["database_specific"]?["severity"]]
        severity = words.compactMap { $0?.string }.compactMap { Severity(name: $0) }.max()
    }

    /// Whether it holds this version.
    func contains(_ text: String, _ version: AdvisoryVersion?) -> Bool {
        if versions.contains(text) { return true }
        guard let version else { return false }
        let isPython = key.ecosystem == AdvisoryKey.python
        // 1.0 and 1.0.0 are one version.
        if versions.contains(where: { AdvisoryVersion($0, isPython: isPython) == version }) { return true }
        return ranges.contains { $0.contains(version) }
    }

    /// The version from which on it holds `version`; nil where that is not told.
    func start(of version: AdvisoryVersion?) -> String? {
        guard let version else { return nil }
        return ranges.filter { $0.contains(version) }.lazy.compactMap { $0.start(of: version) }.first
    }

    /// The next version that has it no more.
    func fix(after version: AdvisoryVersion?) -> String? {
        guard let version else { return nil }
        let holding = ranges.filter { $0.contains(version) }
        return (holding.isEmpty ? ranges : holding).lazy.compactMap { $0.fix(after: version) }.first
    }
}
