// SPDX-License-Identifier: BSD-3-Clause

/// Names that someone may have meant.
package struct NearNames {
    private var found: [(distance: Int, name: String)] = []

    /// The up to `count` names that are nearest to `name`: few letters changed, swapped, missing or too many, or the
    /// same but for separators and a `python-`, `py-` or `lib` in front.
    package static func near(_ name: String, among names: some Sequence<String>, count: Int = 3) -> [String] {
        let wanted = Array(name.utf8)
        let bare = stem(wanted)
        let limit = wanted.count < 4 ? 1 : wanted.count < 8 ? 2 : 3
        var result = NearNames()
        for other in names {
            let length = other.utf8.count
            // A different ending is more than a separator; most names leave here.
            let mayBeSame = length > 1 && other.utf8.last == wanted.last && abs(length - wanted.count) < 12
            guard mayBeSame || abs(length - wanted.count) <= limit, other != name else { continue }
            let bytes = Array(other.utf8)
            if mayBeSame, stem(bytes) == bare {
                result.found.append((0, other))
            } else if abs(length - wanted.count) <= limit {
                let distance = distance(wanted, bytes, limit: limit)
                if distance <= limit { result.found.append((distance, other)) }
            }
        }
        result.found.sort { ($0.distance, $0.name.utf8.count, $0.name) < ($1.distance, $1.name.utf8.count, $1.name) }
        return result.found.prefix(count).map(\.name)
    }

    /// The name without `python-`, `py-`, `lib` in front and without separators.
    private static func stem(_ name: [UInt8]) -> [UInt8] {
        var bytes = name[...]
        for prefix in ["python-", "py-", "lib"]
        where bytes.count > prefix.utf8.count + 2 && bytes.starts(with: prefix.utf8) {
            bytes.removeFirst(prefix.utf8.count)
            break
        }
        return bytes.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: ".") }
    }

    /// Edits that turn one text into the other, two neighbours swapped counting once; `limit` + 1 for more.
    static func distance(_ left: [UInt8], _ right: [UInt8], limit: Int) -> Int {
        if abs(left.count - right.count) > limit { return limit + 1 }
        var before: [Int] = []
        var last = Array(0...right.count)
        for (row, letter) in left.enumerated() {
            var line = [row + 1]
            line.reserveCapacity(right.count + 1)
            for (column, other) in right.enumerated() {
                var best = min(last[column + 1] + 1, line[column] + 1, last[column] + (letter == other ? 0 : 1))
                if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
                    best = min(best, before[column - 1] + 1)
                }
                line.append(best)
            }
            if line.allSatisfy({ $0 > limit }) { return limit + 1 }
            before = last
            last = line
        }
        return last[right.count]
    }
}
