// SPDX-License-Identifier: BSD-3-Clause
import Testing

@testable import krait

struct TreeMapTests {
    /// Whatever the sizes: each area is as large as its share, inside the picture, and no two have a point in common.
    @Test func areasAreSharesOfOnePicture() {
        var state: UInt64 = 7
        for count in [1, 2, 3, 7, 20, 60] {
            for _ in 0..<20 {
                let sizes = (0..<count).map { _ in
                    state = state &* 6_364_136_223_846_793_005 &+ 1
                    return Double(state >> (33 + state % 20) | 1)
                }.sorted(by: >)
                let areas = TreeMap.layout(sizes)
                let whole = TreeMap.Area()
                let unit = whole.width * whole.height / sizes.reduce(0, +)
                #expect(areas.count == count)
                for (index, area) in areas.enumerated() {
                    #expect(abs(area.width * area.height / (sizes[index] * unit) - 1) < 1e-6)
                    #expect(area.x >= 0 && area.x + area.width <= whole.width + 1e-6)
                    #expect(area.y >= 0 && area.y + area.height <= whole.height + 1e-6)
                    for other in areas[..<index] {
                        let isApart =
                            area.x + area.width <= other.x + 1e-6 || other.x + other.width <= area.x + 1e-6
                            || area.y + area.height <= other.y + 1e-6 || other.y + other.height <= area.y + 1e-6
                        #expect(isApart)
                    }
                }
            }
        }
    }

    @Test func equalSizesAreNearlySquares() {
        for area in TreeMap.layout([Double](repeating: 1, count: 12)) {
            #expect(max(area.width / area.height, area.height / area.width) < 2)
        }
    }
}
