// SPDX-License-Identifier: BSD-3-Clause

/// Which packages go into which layer, decided from the packages alone: what another image has in common with this one, it
/// has in layers of the same bytes.
package enum LayerGroups {
    /// A package as far as grouping goes.
    package struct Item: Sendable {
        package var name: String
        /// About how many bytes it brings.
        package var size: UInt64

        package init(name: String, size: UInt64) {
            self.name = name
            self.size = size
        }
    }

    /// The most layers that an image may have: 127 is the limit of overlay file systems in containerd, and a base has some.
    package static let limit = 100

    /// Puts `items` into at most `count` groups of places in `items`, each in ascending order.
    ///
    /// Packages that share paths are in one group, so that the order of layers never matters. The largest groups stand
    /// alone, and the rest is together in the last one. Sizes are compared by their power of two: a new version that is a
    /// little larger changes its own layer and moves no other.
    ///
    /// - Parameter overlaps: pairs of places in `items` that share a path.
    package static func groups(_ items: [Item], overlaps: [(Int, Int)], count: Int) -> [[Int]] {
        guard !items.isEmpty else { return [] }
        var heads = Array(items.indices)
        func head(_ index: Int) -> Int {
            var index = index
            while heads[index] != index { index = heads[index] }
            return index
        }
        for (one, other) in overlaps {
            let (first, second) = (head(one), head(other))
            heads[max(first, second)] = min(first, second)
        }
        var members: [Int: [Int]] = [:]
        for index in items.indices { members[head(index), default: []].append(index) }
        let ranked = members.values.sorted { left, right in
            let (one, other) = (rank(left, items), rank(right, items))
            if one != other { return one > other }
            return items[left[0]].name.utf8.lexicographicallyPrecedes(items[right[0]].name.utf8)
        }
        guard ranked.count > count else { return ranked }
        let alone = ranked.prefix(max(0, count - 1))
        return alone + [ranked.dropFirst(alone.count).joined().sorted()]
    }

    /// The power of two of a group's bytes.
    private static func rank(_ group: [Int], _ items: [Item]) -> Int {
        let size = group.reduce(UInt64(0)) { $0 &+ items[$1].size }
        return UInt64.bitWidth - size.leadingZeroBitCount
    }
}
