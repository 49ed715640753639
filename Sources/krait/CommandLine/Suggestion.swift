// SPDX-License-Identifier: BSD-3-Clause

/// The nearest of some names to a word that is none of them.
enum Suggestion {
    /// The name with the least edits from `word`, if at most a third of its letters differ; one that says something
    /// else is none, however near it is. O(names × letters²).
    static func nearest(to word: String, among names: [String]) -> String? {
        let similar = names.filter { isMisspelling(word, of: $0) }
        let best = similar.map { ($0, distance(Array(word.utf8), Array($0.utf8))) }.min { $0.1 < $1.1 }
        guard let (name, edits) = best, edits * 3 <= max(name.utf8.count, 3) else { return nil }
        return name
    }

    /// Whether `word` may be meant for `name`: no part more or less, which may be a `no`, and no part that begins with
    /// another letter, as `deinit` and `reinit` do.
    private static func isMisspelling(_ word: String, of name: String) -> Bool {
        let typed = parts(word)
        let meant = parts(name)
        if Array(typed.joined()) == Array(meant.joined()) { return true }
        guard typed.count == meant.count else { return false }
        return zip(typed, meant).allSatisfy { typed, meant in
            let isSwapped = typed.count > 1 && meant.count > 1 && typed[0] == meant[1] && typed[1] == meant[0]
            return (typed.first == meant.first || isSwapped) && distance(typed, meant) * 3 <= max(meant.count, 3)
        }
    }

    private static func parts(_ text: String) -> [[UInt8]] {
        text.utf8.split { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }.map { Array($0) }
    }

    /// Levenshtein distance with a swap of neighbours counted as one edit.
    static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var before = [Int](repeating: 0, count: b.count + 1)
        var last = Array(0...b.count)
        for i in 0..<a.count {
            var row = [i + 1] + [Int](repeating: 0, count: b.count)
            for j in 0..<b.count {
                row[j + 1] = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { row[j + 1] = min(row[j + 1], before[j - 1] + 1) }
            }
            (before, last) = (last, row)
        }
        return last[b.count]
    }
}
