// SPDX-License-Identifier: BSD-3-Clause

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
