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
        /// Some of its ranges are in an order that krait does not know.
        let isIncomparable: Bool
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

    /// - Throws: `Failure(.parse)` when it has no `id`.
    init(_ bytes: [UInt8], subject: String) throws(Failure) {
        let json = try JSON.parse(bytes, subject: subject, limits: ParsingLimits(bytes: 1 << 26, depth: 64))
        guard let id = json["id"]?.string, !id.isEmpty else { throw Failure(.parse, subject, "has no `id`") }
        self.id = id
        aliases = json["aliases"]?.array?.compactMap(\.string) ?? []
        let text = json["summary"]?.string ?? json["details"]?.string ?? ""
        summary = String(text.split(separator: "\n").first?.prefix(200) ?? "")
        isWithdrawn = json["withdrawn"]?.string != nil
        let all = json["affected"]?.array ?? []
        affected = all.compactMap(Affected.init)
        ownScore = VectorScore.highest(json["severity"])
        severityWord = json["database_specific"]?["severity"]?.string.flatMap { Severity(name: $0) }
    }
}

extension Advisory.Affected {
    fileprivate init?(_ json: JSON) {
        guard let key = AdvisoryKey(json["package"]) else { return nil }
        self.key = key
        versions = json["versions"]?.array?.compactMap(\.string) ?? []
        let isPython = key.ecosystem == AdvisoryKey.python
        let all = json["ranges"]?.array ?? []
        ranges = all.compactMap { AdvisoryRange($0, isPython: isPython) }
        isIncomparable = !isPython && all.contains { $0["type"]?.string == "ECOSYSTEM" }
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
