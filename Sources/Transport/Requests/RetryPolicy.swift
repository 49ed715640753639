// SPDX-License-Identifier: BSD-3-Clause

/// When an attempt is repeated, and after how long; pure.
struct RetryPolicy: Sendable {
    var retries: Int
    var backoff: UInt64
    var longestPause: UInt64

    init(_ settings: TransportSettings) {
        retries = settings.retries
        backoff = settings.backoff
        longestPause = settings.longestPause
    }

    /// Whether one more failure of a request need not count, because the host has given others what they asked for meanwhile;
    /// `excuses` did not before.
    func mayExcuse(_ excuses: Int) -> Bool { excuses / TransportSettings.lenience < retries }

    /// Statuses that another try may change: 408, 413, 429 and the server's own errors.
    static func mayChange(status: Int) -> Bool {
        switch status {
        case 408, 413, 425, 429: true
        case 501, 505: false
        default: (500..<600).contains(status)
        }
    }

    /// Nanoseconds before repetition number `number` (1 …); `random` is any number, it spreads clients over ±50 %.
    func pause(before number: Int, random: UInt64) -> UInt64 {
        let doubled = backoff << UInt64(min(max(number - 1, 0), 6))
        return doubled / 2 + (doubled == 0 ? 0 : random % doubled)
    }

    /// Nanoseconds that a `Retry-After` asks for: seconds or a date.
    static func pause(retryAfter text: String, now: Int64) -> UInt64? {
        if let seconds = UInt64(text) { return seconds > 1_000_000 ? UInt64.max : seconds * 1_000_000_000 }
        guard let date = secondsSince1970(httpDate: text) else { return nil }
        return date <= now ? 0 : UInt64(min(date - now, 1_000_000)) * 1_000_000_000
    }
}
