// SPDX-License-Identifier: BSD-3-Clause
//
// Which packages share a layer, as a rule of the packages alone.
import Testing

@testable import Images

@Suite("Layer groups")
struct LayerGroupTests {
    private let items = [
        LayerGroups.Item(name: "python", size: 30_000_000), LayerGroups.Item(name: "numpy", size: 7_000_000),
        LayerGroups.Item(name: "pandas", size: 14_000_000), LayerGroups.Item(name: "six", size: 10_000),
        LayerGroups.Item(name: "pytz", size: 180_000),
    ]

    @Test func theLargestStandAloneAndTheRestIsTogether() {
        #expect(LayerGroups.groups(items, overlaps: [], count: 3) == [[0], [2], [1, 3, 4]])
        #expect(LayerGroups.groups(items, overlaps: [], count: 1) == [[0, 1, 2, 3, 4]])
        #expect(LayerGroups.groups(items, overlaps: [], count: 10) == [[0], [2], [1], [4], [3]])
        #expect(LayerGroups.groups([], overlaps: [], count: 3) == [])
    }

    @Test func packagesThatShareAPathShareALayer() {
        let groups = LayerGroups.groups(items, overlaps: [(3, 0), (1, 3)], count: 10)
        #expect(groups == [[0, 1, 3], [2], [4]])
    }

    @Test func everyPackageIsInExactlyOneGroup() {
        for count in 1...7 {
            for overlaps in [[], [(0, 4)], [(1, 2), (2, 3)], [(0, 1), (1, 2), (2, 3), (3, 4)]] {
                let groups = LayerGroups.groups(items, overlaps: overlaps, count: count)
                #expect(groups.count <= count)
                #expect(groups.joined().sorted() == [0, 1, 2, 3, 4])
            }
        }
    }

    @Test func aPackageThatGrowsALittleMovesNoOther() {
        var grown = items
        grown[1].size = 8_100_000
        #expect(
            LayerGroups.groups(grown, overlaps: [], count: 3) == LayerGroups.groups(items, overlaps: [], count: 3))
    }
}
