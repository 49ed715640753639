// SPDX-License-Identifier: BSD-3-Clause
import Codecs

/// The score of a vector of CVSS, in tenths: the base score of 2 and 3, of 4 the one score that it has.
enum VectorScore {
    /// The highest of a list `severity` in OSV's schema, in tenths.
    static func highest(_ list: JSON?) -> Int? {
        (list?.array ?? []).compactMap { entry -> Int? in
            guard let type = entry["type"]?.string, ["CVSS_V2", "CVSS_V3", "CVSS_V4"].contains(type) else { return nil }
            return entry["score"]?.string.flatMap(tenths)
        }.max()
    }

    /// Nil for text that is not such a vector. What 2 and 3 measure beside the base does not count.
    static func tenths(_ vector: String) -> Int? {
        var parts = vector.split(separator: "/", omittingEmptySubsequences: false)[...]
        // Only 2 has none.
        let head = vector.hasPrefix("CVSS:") ? parts.popFirst() : nil
        var metrics: [Substring: Substring] = [:]
        for part in parts {
            let pair = part.split(separator: ":", omittingEmptySubsequences: false)
            guard pair.count == 2, metrics.updateValue(pair[1], forKey: pair[0]) == nil else { return nil }
        }
        switch head {
        case nil: return second(metrics)
        case "CVSS:3.0", "CVSS:3.1": return third(metrics)
        case "CVSS:4.0": return fourth(metrics)
        default: return nil
        }
    }

    /// Guide to CVSS 2.0 §3.2.1.
    private static func second(_ metrics: [Substring: Substring]) -> Int? {
        let harm: [Substring: Double] = ["N": 0, "P": 0.275, "C": 0.66]
        guard let access = weight(metrics["AV"], ["L": 0.395, "A": 0.646, "N": 1]),
            let complexity = weight(metrics["AC"], ["H": 0.35, "M": 0.61, "L": 0.71]),
            let authentication = weight(metrics["Au"], ["M": 0.45, "S": 0.56, "N": 0.704]),
            let secrecy = weight(metrics["C"], harm), let integrity = weight(metrics["I"], harm),
            let availability = weight(metrics["A"], harm)
        else { return nil }
        let impact = 10.41 * (1 - (1 - secrecy) * (1 - integrity) * (1 - availability))
        guard impact > 0 else { return 0 }
        let score = 1.176 * (0.6 * impact + 0.4 * 20 * access * complexity * authentication - 1.5)
        return Int((score * 10 + 1e-9).rounded())
    }

    /// Specification of CVSS 3.1 §7.1.
    private static func third(_ metrics: [Substring: Substring]) -> Int? {
        let harm: [Substring: Double] = ["H": 0.56, "L": 0.22, "N": 0]
        guard let isChanged = metrics["S"].flatMap({ ["U": false, "C": true][$0] }),
            let attack = weight(metrics["AV"], ["N": 0.85, "A": 0.62, "L": 0.55, "P": 0.2]),
            let complexity = weight(metrics["AC"], ["L": 0.77, "H": 0.44]),
            let privileges = weight(
                metrics["PR"], ["N": 0.85, "L": isChanged ? 0.68 : 0.62, "H": isChanged ? 0.5 : 0.27]),
            let interaction = weight(metrics["UI"], ["N": 0.85, "R": 0.62]),
            let secrecy = weight(metrics["C"], harm), let integrity = weight(metrics["I"], harm),
            let availability = weight(metrics["A"], harm)
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

    private static func weight(_ word: Substring?, _ table: [Substring: Double]) -> Double? {
        word.flatMap { table[$0] }
    }

    /// Up to the next tenth, as the specification does it, so that all computers agree.
    private static func roundedUp(_ score: Double) -> Int {
        let whole = Int((score * 100_000).rounded())
        return whole % 10_000 == 0 ? whole / 10_000 : whole / 10_000 + 1
    }
}
