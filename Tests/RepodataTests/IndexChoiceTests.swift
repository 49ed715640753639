// SPDX-License-Identifier: BSD-3-Clause
import Testing

@testable import Repodata

@Suite struct IndexChoiceTests {
    @Test func nearbyShardsAreTaken() {
        let near = IndexChoice(roundTrip: 200_000, rate: 0, names: 100)
        #expect(near.longestDocument == 0 && !near.takesAllShards)
    }

    @Test func whatIsWorthWhileGrowsWithTheRoundTrip() {
        let far = IndexChoice(roundTrip: 50_000_000, rate: 10_000_000, names: 200)
        #expect(far.longestDocument == 1_500_000 && far.takesAllShards)
        #expect(IndexChoice(roundTrip: 100_000_000, rate: 10_000_000, names: 200).longestDocument == 3_000_000)
        // A thin link pays for bytes more than for waiting.
        #expect(IndexChoice(roundTrip: 50_000_000, rate: 100_000, names: 200).longestDocument == 15_000)
    }

    @Test func largeChannelsAreNotEvenAsked() {
        let large = IndexChoice(roundTrip: 200_000_000, rate: 0, names: 30_000)
        #expect(large.longestDocument == 0 && !large.takesAllShards)
    }

    @Test func hintsOutliveARun() {
        let folder = TemporaryFolder()
        var hints = ClosureHints(paths: [])
        #expect(hints["python"].contains("openssl"))
        hints.note("python", ["new"])
        hints.note("a", [])
        hints.write(to: folder.path + "/hints")
        let again = ClosureHints(paths: [folder.path + "/absent", folder.path + "/hints"])
        #expect(again["python"] == ["new"] && again["a"] == [] && again["b"] == [])
        #expect(again.dependencies.count == 2)
    }
}
