// SPDX-License-Identifier: BSD-3-Clause
import Testing

@testable import Transport

@Suite struct LinkEstimateTests {
    private let millisecond: UInt64 = 1_000_000

    private func link(_ roundTrip: UInt64, size: UInt64 = 64 << 10, bound: Int = 50) -> LinkEstimate {
        var link = LinkEstimate(bound: bound)
        for _ in 0..<50 { link.note(roundTrip: roundTrip, size: size) }
        return link
    }

    @Test func widthFollowsTheLink() {
        #expect(LinkEstimate(bound: 50).width == 50)
        // Next door few are as good as many; far away the small ones need many.
        #expect(link(millisecond / 5).width == LinkEstimate.leastWidth)
        #expect(link(100 * millisecond, size: 20_000).width == 50)
        #expect(link(100 * millisecond, size: 20_000, bound: 3).width == 3)
        #expect(link(20 * millisecond, size: 100_000).width == 26)
    }

    @Test func widthFollowsTheRate() {
        var thin = link(200 * millisecond, size: 100_000)
        #expect(thin.width == 50)
        var now: UInt64 = 1
        for _ in 0..<30 {
            thin.note(bytes: 100_000, isBusy: true, now: now)
            now += 100 * millisecond
        }
        // 1 MB/s carries three of them at a time.
        #expect((900_000...1_200_000).contains(thin.rate))
        #expect(thin.width == LinkEstimate.leastWidth)
    }

    @Test func anIdleLinkShowsNoRate() {
        var link = link(50 * millisecond)
        for second in 1...20 {
            link.note(bytes: 10, isBusy: second % 2 == 0, now: UInt64(second) * 900 * millisecond)
        }
        #expect(link.rate == 0)
    }

    @Test func refusalsHalveAndSuccessesRaise() {
        var link = link(50 * millisecond, size: 20_000)
        let first = link.noteRefusal(start: 10, running: 50, now: 100)
        #expect(first)
        #expect(link.bound == 25)
        // All that ran then fail for the same reason.
        for _ in 0..<40 {
            let isExcused = link.noteRefusal(start: 50, running: 20, now: 120)
            #expect(isExcused)
        }
        #expect(link.bound == 25)
        var rounds = 0
        while link.noteRefusal(start: UInt64(200 + rounds), running: 25, now: UInt64(200 + rounds)) {
            rounds += 1
        }
        // It does not go on for ever: one at a time, a refusal is the request's own.
        #expect(rounds < 8)
        #expect(link.bound == 1 && link.width == 1)
        for _ in 0..<1000 { link.note(roundTrip: 50 * millisecond, size: 20_000) }
        #expect(link.bound > 10 && link.bound <= 50)
    }

    @Test func aLoneRequestHasItsOwnFailures() {
        var fresh = LinkEstimate(bound: 50)
        let unknown = fresh.noteRefusal(start: 5, running: 50, now: 10)
        fresh.note(roundTrip: millisecond, size: 10)
        let alone = fresh.noteRefusal(start: 5, running: 1, now: 10)
        #expect(!unknown && !alone)
        #expect(fresh.bound == 50)
    }

    private func entry(_ began: UInt64, _ ended: UInt64, connection: Int, connected: UInt64? = nil)
        -> NetworkTrace.Entry
    {
        var entry = NetworkTrace.Entry()
        (entry.began, entry.ended, entry.connection) = (began, ended, connection)
        entry.opened = connected != nil
        entry.connected = connected ?? 0
        return entry
    }

    @Test func roundTripsAreTheLongestChain() {
        #expect(NetworkTrace.roundTrips([]) == 0)
        let opening = entry(0, 30, connection: 1, connected: 10)
        #expect(NetworkTrace.roundTrips([opening]) == 2)
        var secure = opening
        secure.isSecure = true
        #expect(NetworkTrace.roundTrips([secure]) == 3)
        // Those beside it wait for the connection as well; those after it do not.
        let beside = entry(1, 31, connection: 1)
        #expect(NetworkTrace.roundTrips([opening, beside]) == 2)
        let after = entry(31, 50, connection: 1)
        #expect(NetworkTrace.roundTrips([after, opening, beside]) == 3)
        #expect(NetworkTrace.roundTrips([opening, after, entry(31, 70, connection: 2, connected: 40)]) == 4)
    }
}
