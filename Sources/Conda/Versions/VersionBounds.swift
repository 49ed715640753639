// SPDX-License-Identifier: BSD-3-Clause

/// A version condition as rows of plain numbers: every clause but a pattern is an interval of the version order.
///
/// Matching is the innermost loop of a solve; this form needs no reference counting. Keys longer than 16 bytes that
/// tie with a bound are left to the tree of conditions.
struct VersionBounds: Sendable {
    /// An interval; joined with those before it until one ends its group. A version has to be in all of one group.
    private struct Row: Sendable {
        var lowerHigh: UInt64 = 0
        var lowerLow: UInt64 = 0
        var upperHigh = UInt64.max
        var upperLow = UInt64.max
        var includesLower = true
        var includesUpper = true
        var isInverted = false
        var endsGroup = false

        mutating func setLower(_ key: VersionKey) { (lowerHigh, lowerLow) = (key.high, key.low) }
        mutating func setUpper(_ key: VersionKey) { (upperHigh, upperLow) = (key.high, key.low) }
        mutating func set(_ range: ClosedRange<VersionKey>) {
            setLower(range.lowerBound)
            setUpper(range.upperBound)
        }
    }

    private var rows: [Row] = []

    /// The flat form of `condition`; nil where it has patterns, deep nesting or bounds that do not fit.
    init?(_ condition: VersionSpec.Condition) {
        let groups: [VersionSpec.Condition]
        if case .either(let parts) = condition { groups = parts } else { groups = [condition] }
        for group in groups {
            let clauses: [VersionSpec.Condition]
            if case .all(let parts) = group { clauses = parts } else { clauses = [group] }
            for clause in clauses {
                guard let row = Self.row(clause) else { return nil }
                rows.append(row)
            }
            rows[rows.count - 1].endsGroup = true
        }
    }

    /// Whether the version of `key` is inside; nil when that cannot be told from 16 bytes.
    func contains(_ key: VersionKey) -> Bool? {
        guard key.tail.isEmpty else { return nil }
        let (high, low) = (key.high, key.low)
        return rows.withUnsafeBufferPointer { rows in
            var isInside = true
            for row in rows {
                if isInside {
                    let isAbove =
                        high != row.lowerHigh
                        ? high > row.lowerHigh : low != row.lowerLow ? low > row.lowerLow : row.includesLower
                    let isBelow =
                        high != row.upperHigh
                        ? high < row.upperHigh : low != row.upperLow ? low < row.upperLow : row.includesUpper
                    isInside = (isAbove && isBelow) != row.isInverted
                }
                if row.endsGroup {
                    if isInside { return true }
                    isInside = true
                }
            }
            return false
        }
    }

    private static func row(_ clause: VersionSpec.Condition) -> Row? {
        var row = Row()
        switch clause {
        case .any: break
        case .equal(let version): row.set(version.key...version.key)
        case .notEqual(let version):
            row.set(version.key...version.key)
            row.isInverted = true
        case .less(let version):
            row.setUpper(version.key)
            row.includesUpper = false
        case .lessOrEqual(let version): row.setUpper(version.key)
        case .greater(let version):
            row.setLower(version.key)
            row.includesLower = false
        case .greaterOrEqual(let version): row.setLower(version.key)
        case .startsWith(let prefix): row.set(prefix.bounds)
        case .notStartsWith(let prefix):
            row.set(prefix.bounds)
            row.isInverted = true
        case .text, .all, .either: return nil
        }
        return clause.boundsFit ? row : nil
    }
}

extension VersionSpec.Condition {
    /// Whether every bound of this clause is at most 16 bytes long.
    fileprivate var boundsFit: Bool {
        switch self {
        case .equal(let version), .notEqual(let version), .less(let version), .lessOrEqual(let version),
            .greater(let version), .greaterOrEqual(let version):
            version.key.tail.isEmpty
        case .startsWith(let prefix), .notStartsWith(let prefix):
            prefix.bounds.lowerBound.tail.isEmpty && prefix.bounds.upperBound.tail.isEmpty
        default: true
        }
    }
}
