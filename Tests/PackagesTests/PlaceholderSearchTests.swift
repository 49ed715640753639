// SPDX-License-Identifier: BSD-3-Clause
import Testing

@testable import Packages

@Suite struct PlaceholderSearchTests {
    /// The places that a plain search of the whole finds.
    private func plain(_ bytes: [UInt8], _ needle: [UInt8]) -> [UInt64] {
        var places: [UInt64] = []
        var start = 0
        while start + needle.count <= bytes.count {
            if Array(bytes[start..<start + needle.count]) == needle {
                places.append(UInt64(start))
                start += needle.count
            } else {
                start += 1
            }
        }
        return places
    }

    @Test(arguments: ["abab", "a", "aa", "abcab", "xyz"]) func piecesOfAnySizeGiveTheSamePlaces(_ text: String) {
        var state: UInt64 = 42
        func random(_ bound: UInt64) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % bound)
        }
        for _ in 0..<300 {
            let bytes = (0..<random(200)).map { _ in UInt8(ascii: "a") + UInt8(random(3)) }
            var search = PlaceholderSearch(text)
            var place = 0
            while place < bytes.count {
                let count = min(bytes.count - place, 1 + random(12))
                Array(bytes[place..<place + count]).withUnsafeBytes { search.add($0) }
                place += count
            }
            #expect(search.offsets == plain(bytes, Array(text.utf8)), "\(bytes)")
        }
    }
}
