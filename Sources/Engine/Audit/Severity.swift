// SPDX-License-Identifier: BSD-3-Clause
import Codecs

/// How bad a vulnerability is, in the words of CVSS.
package enum Severity: Int, Sendable, Comparable, CaseIterable {
    /// Judged, and found to be of no harm.
    case harmless = 0
    case low, medium, high, critical

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    package var name: String { ["none", "low", "medium", "high", "critical"][rawValue] }

    /// The word of a database: GitHub says `MODERATE`.
    package init?(name: String) {
        let word = name.lowercased()
        guard let found = Self.allCases.first(where: { $0.name == (word == "moderate" ? "medium" : word) }) else {
            return nil
        }
        self = found
    }

    /// From tenths of a CVSS score; nil for what is none.
    init?(tenths: Int) {
        switch tenths {
        case 0: self = .harmless
        case 1..<40: self = .low
        case 40..<70: self = .medium
        case 70..<90: self = .high
        case 90...100: self = .critical
        default: return nil
        }
    }
}

/// The base score of a vector of CVSS 3.0 or 3.1, in tenths (specification 3.1 §7.1).
enum BaseScore {
    /// The highest of a list `severity` in OSV's schema, in tenths.
    static func highest(_ list: JSON?) -> Int? {
        (list?.array ?? []).compactMap { $0["type"]?.string == "CVSS_V3" ? $0["score"]?.string : nil }
            .compactMap(tenths).max()
    }

    /// Nil for text that is not such a vector. What is measured beside the base does not count.
    static func tenths(_ vector: String) -> Int? {
        var metrics: [String: Substring] = [:]
        let parts = vector.split(separator: "/")
        guard let head = parts.first, head == "CVSS:3.0" || head == "CVSS:3.1" else { return nil }
        for part in parts.dropFirst() {
            let pair = part.split(separator: ":")
            guard pair.count == 2, metrics.updateValue(pair[1], forKey: String(pair[0])) == nil else { return nil }
        }
        guard let isChanged = metrics["S"].flatMap({ ["U": false, "C": true][$0] }),
            let attack = weight(metrics["AV"], ["N": 0.85, "A": 0.62, "L": 0.55, "P": 0.2]),
            let complexity = weight(metrics["AC"], ["L": 0.77, "H": 0.44]),
            let privileges = weight(
                metrics["PR"], ["N": 0.85, "L": isChanged ? 0.68 : 0.62, "H": isChanged ? 0.5 : 0.27]),
            let interaction = weight(metrics["UI"], ["N": 0.85, "R": 0.62]),
            let secrecy = weight(metrics["C"], impacts), let integrity = weight(metrics["I"], impacts),
            let availability = weight(metrics["A"], impacts)
        else { return nil }
        let base = 1 - (1 - secrecy) * (1 - integrity) * (1 - availability)
        var impact = 6.42 * base
        if isChanged {
            var power = 1.0
            for _ in 0..<15 { power *= base - 0.02 }
            impact = 7.52 * (base - 0.029) - 3.25 * power
        }
        guard impact > 0 else { return 0 }
        let sum = impact + 8.22 * attack * complexity * privileges * interaction
        return roundedUp(min(isChanged ? 1.08 * sum : sum, 10))
    }

    private static let impacts: [Substring: Double] = ["H": 0.56, "L": 0.22, "N": 0]

    private static func weight(_ word: Substring?, _ table: [Substring: Double]) -> Double? {
        word.flatMap { table[$0] }
    }

    /// Up to the next tenth, as the specification does it, so that all computers agree.
    private static func roundedUp(_ score: Double) -> Int {
        let whole = Int((score * 100_000).rounded())
        return whole % 10_000 == 0 ? whole / 10_000 : whole / 10_000 + 1
    }
}
