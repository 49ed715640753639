// SPDX-License-Identifier: BSD-3-Clause

/// What has been learnt of the way to one host while running, and how many transfers at a time it is worth; pure.
///
/// A transfer costs a round trip in which its connection carries nothing. So that the link is never idle, as many small
/// bodies have to be asked for at a time as fit into what is under way: latency times rate, over the size of one.
struct LinkEstimate: Sendable {
    /// The shortest time from a request to the first byte of its answer: nanoseconds; nil before the first answer.
    private(set) var roundTrip: UInt64?
    /// The most bytes a second that were seen over ``window``; 0 until a whole one has gone by.
    private(set) var rate: UInt64 = 0
    /// The typical size of a body, the later ones counting for more: bytes.
    private(set) var typicalSize: UInt64 = 64 << 10
    /// The most transfers that the host has not refused.
    private(set) var bound: Int
    /// True once the host has answered at all.
    var hasAnswered: Bool { roundTrip != nil }
    /// The host has refused some transfers.
    var isReduced: Bool { reducedAt > 0 }

    private var windowStart: UInt64 = 0
    private var windowBytes: UInt64 = 0
    private var reducedAt: UInt64 = 0
    private var successes = 0
    private let most: Int

    /// What is tried at least, whatever the estimate says: a server's own pauses look like none.
    static let leastWidth = 10
    /// Bytes a second that a link is believed to carry until it has shown what it does.
    private static let assumedRate: UInt64 = 125_000_000
    /// Nanoseconds over which the rate is taken.
    private static let window: UInt64 = 1_000_000_000

    init(bound: Int) {
        most = max(1, bound)
        self.bound = most
    }

    /// Transfers to have under way at one time.
    var width: Int {
        guard let roundTrip else { return bound }
        let least = min(Self.leastWidth, bound)
        // Half as much again as was seen: a link that is not full cannot show what it could carry.
        let carried = rate == 0 ? Self.assumedRate : rate + rate / 2
        let underWay = Double(carried) * Double(roundTrip) / 1e9
        return max(least, min(bound, 1 + Int(min(underWay / Double(max(typicalSize, 1)), 1e6))))
    }

    /// Whether a round trip is so short that counting them is not worth while: under 5 ms.
    var isNear: Bool { roundTrip.map { $0 < 5_000_000 } ?? true }

    /// Notes the end of a transfer that has succeeded.
    mutating func note(roundTrip: UInt64, size: UInt64) {
        self.roundTrip = min(self.roundTrip ?? .max, max(1, roundTrip))
        if size > 0 { typicalSize = (typicalSize * 7 + size) / 8 }
        successes += 1
        if bound < most, successes > bound * 4 {
            bound += 1
            successes = 0
        }
    }

    /// Notes bytes that came, from any number of transfers. Only a link that always had something to do, `isBusy`, shows its rate.
    mutating func note(bytes: UInt64, isBusy: Bool, now: UInt64) {
        guard isBusy, windowStart > 0 else {
            windowStart = isBusy ? now : 0
            windowBytes = 0
            return
        }
        windowBytes += bytes
        let passed = now &- windowStart
        guard passed >= Self.window else { return }
        // The best second tells what the link can carry.
        rate = max(rate, UInt64(Double(windowBytes) * 1e9 / Double(passed)))
        windowStart = now
        windowBytes = 0
    }

    /// Notes that the host refused or broke off a transfer begun at `start`: it is asked for half as many at a time. What
    /// began before the last such change says nothing new.
    ///
    /// - Returns: Whether the refusal is explained by how many there were, so that it is not the request's own failure.
    mutating func noteRefusal(start: UInt64, running: Int, now: UInt64) -> Bool {
        guard hasAnswered, running > 1 || start < reducedAt, bound > 1 || start < reducedAt else { return false }
        if start >= reducedAt {
            bound = max(1, min(bound, running) / 2)
            reducedAt = now
            successes = 0
        }
        return true
    }
}
