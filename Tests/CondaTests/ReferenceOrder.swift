// SPDX-License-Identifier: BSD-3-Clause
import Conda

/// The order of CEP 33 written down as its text has it, piece by piece.
enum ReferenceOrder {
    static func compare(_ left: Version, _ right: Version) -> Int {
        let (a, b) = (left.parts, right.parts)
        let main = compare(a.main, b.main)
        return main != 0 ? main : compare(a.local, b.local)
    }

    static func startsWith(_ version: Version, _ prefix: Version) -> Bool {
        let (a, p) = (version.parts, prefix.parts)
        if p.local.isEmpty { return startsWith(a.main, p.main) }
        return compare(a.main, p.main) == 0 && startsWith(a.local, p.local)
    }

    private static func startsWith(_ list: [[Version.Piece]], _ prefix: [[Version.Piece]]) -> Bool {
        let last = prefix.count - 1
        for index in 0..<last where compare(at(list, index), prefix[index]) != 0 { return false }
        let (component, wanted) = (at(list, last), prefix[last])
        for index in 0..<(wanted.count - 1) where compare(piece(component, index), wanted[index]) != 0 { return false }
        let final = wanted[wanted.count - 1]
        let candidate = piece(component, wanted.count - 1)
        if case .word(let word) = final {
            if case .word(let other) = candidate { return other.hasPrefix(word) }
            return false
        }
        return compare(candidate, final) == 0
    }

    private static func compare(_ left: [[Version.Piece]], _ right: [[Version.Piece]]) -> Int {
        for index in 0..<max(left.count, right.count) {
            let order = compare(at(left, index), at(right, index))
            if order != 0 { return order }
        }
        return 0
    }

    private static func compare(_ left: [Version.Piece], _ right: [Version.Piece]) -> Int {
        for index in 0..<max(left.count, right.count) {
            let order = compare(piece(left, index), piece(right, index))
            if order != 0 { return order }
        }
        return 0
    }

    private static func at(_ list: [[Version.Piece]], _ index: Int) -> [Version.Piece] {
        index < list.count ? list[index] : []
    }

    private static func piece(_ component: [Version.Piece], _ index: Int) -> Version.Piece {
        index < component.count ? component[index] : .number("0")
    }

    private static func compare(_ left: Version.Piece, _ right: Version.Piece) -> Int {
        switch (left, right) {
        case (.number(let a), .number(let b)):
            let (x, y) = (a.drop { $0 == "0" }, b.drop { $0 == "0" })
            if x.count != y.count { return x.count < y.count ? -1 : 1 }
            return x == y ? 0 : x < y ? -1 : 1
        case (.word(let a), .word(let b)) where rank(left) == rank(right):
            return a == b ? 0 : a.utf8.lexicographicallyPrecedes(b.utf8) ? -1 : 1
        default:
            let (a, b) = (rank(left), rank(right))
            return a == b ? 0 : a < b ? -1 : 1
        }
    }

    private static func rank(_ piece: Version.Piece) -> Int {
        switch piece {
        // Stars stand in specs such as `>1.0.0*` only, and lie below everything, as in conda.
        case .word(let word) where word.hasPrefix("*"): 0
        case .dev: 1
        case .word: 2
        case .number: 3
        case .post: 4
        }
    }
}
