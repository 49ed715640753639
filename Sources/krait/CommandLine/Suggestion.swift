// SPDX-License-Identifier: BSD-3-Clause

/// The nearest of some names to a word that is none of them.
enum Suggestion {
    /// The name with the least edits from `word`, if at most a third of its letters differ. O(names × letters²).
    static func nearest(to word: String, among names: [String]) -> String? {
        let best = names.map { ($0, distance(Array(word.utf8), Array($0.utf8))) }.min { $0.1 < $1.1 }
        guard let (name, edits) = best, edits * 3 <= max(name.utf8.count, 3) else { return nil }
        return name
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
