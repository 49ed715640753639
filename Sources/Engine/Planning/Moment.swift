// SPDX-License-Identifier: BSD-3-Clause
import Failures

/// A moment that a user names: a date, a date with time, or an age (conda, common/datetime.py).
struct Moment {
    /// Milliseconds since 1970.
    let milliseconds: UInt64

    /// Reads `2026-01-31`, `2026-01-31T12:00:00Z`, `7d`, `1d12h`, `P7D`, and a plain number of seconds.
    ///
    /// - Parameter includesDay: a date alone is the end of that day in UTC, not its beginning.
    init(_ text: String, nowSeconds: Int64, includesDay: Bool = false) throws(Failure) {
        if let age = Self.age(text) {
            milliseconds = UInt64(max(0, nowSeconds - age)) * 1000
        } else if let seconds = Self.date(text, includesDay: includesDay) {
            milliseconds = UInt64(max(0, seconds)) * 1000
        } else {
            throw Failure(
                .usage, text, "is neither a date nor an age", hint: "write 2026-01-31, 2026-01-31T12:00:00Z or 7d")
        }
    }

    /// Amounts with units; with `P` before them those of hours and less stand behind a `T`.
    private static func age(_ text: String) -> Int64? {
        if let seconds = Int64(text) { return seconds < 0 ? nil : seconds }
        var rest = text.utf8[...]
        let isFormal = rest.first.map { $0 | 0x20 } == UInt8(ascii: "p")
        if isFormal { rest = rest.dropFirst() }
        var isOfDay = false
        var age: Int64?
        while let byte = rest.first {
            if isFormal, !isOfDay, byte | 0x20 == UInt8(ascii: "t") {
                isOfDay = true
                rest = rest.dropFirst()
            }
            let digits = rest.prefix { $0 &- 0x30 < 10 }
            rest = rest.dropFirst(digits.count).drop { !isFormal && $0 == 0x20 }
            guard let count = Int64(Substring(digits)), count < 1_000_000_000, let letter = rest.popFirst(),
                let unit = unit(letter | 0x20), !isFormal || isOfDay == (unit < 86_400)
            else { return nil }
            age = min((age ?? 0) + count * unit, 1 << 50)
            rest = rest.drop { !isFormal && $0 == 0x20 }
        }
        return age
    }

    private static func unit(_ letter: UInt8) -> Int64? {
        switch letter {
        case UInt8(ascii: "w"): 604_800
        case UInt8(ascii: "d"): 86_400
        case UInt8(ascii: "h"): 3600
        case UInt8(ascii: "m"): 60
        case UInt8(ascii: "s"): 1
        default: nil
        }
    }

    private static func date(_ text: String, includesDay: Bool) -> Int64? {
        let halves = text.split(whereSeparator: { $0 == "T" || $0 == " " }).map { String($0) }
        guard halves.count == 1 || halves.count == 2 else { return nil }
        let parts = halves[0].split(separator: "-").map { Int64($0) }
        guard parts.count == 3, let year = parts[0], let month = parts[1], let day = parts[2], year >= 1970,
            year < 10_000, (1...12).contains(month),
            (1...daysOfMonth(year, month)).contains(day)
        else { return nil }
        let seconds = days(year, month, day) * 86_400
        guard halves.count == 2 else { return includesDay ? seconds + 86_400 : seconds }
        return secondsOfDay(halves[1]).map { seconds + $0 }
    }

    private static func daysOfMonth(_ year: Int64, _ month: Int64) -> Int64 {
        let (nextYear, next) = month == 12 ? (year + 1, 1) : (year, month + 1)
        return days(nextYear, next, 1) - days(year, month, 1)
    }

    /// `12:00:00`, with `Z` or a distance to UTC such as `+02:00` behind it.
    private static func secondsOfDay(_ text: String) -> Int64? {
        if let sign = text.lastIndex(where: { $0 == "+" || $0 == "-" }) {
            guard let here = clock(text[..<sign]), let distance = clock(text[text.index(after: sign)...]) else {
                return nil
            }
            return text[sign] == "+" ? here - distance : here + distance
        }
        return clock(text.hasSuffix("Z") ? text.dropLast() : text[...])
    }

    private static func clock(_ text: Substring) -> Int64? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            .map { Int64($0.split(separator: ".").first ?? "") }
        guard (1...3).contains(parts.count), let hour = parts[0], (0..<24).contains(hour),
            let minute = parts.count > 1 ? parts[1] : 0, (0..<60).contains(minute),
            let second = parts.count == 3 ? parts[2] : 0, (0..<61).contains(second)
        else { return nil }
        return hour * 3600 + minute * 60 + second
    }

    /// Days from 1970-01-01 in the Gregorian calendar.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let y = month <= 2 ? year - 1 : year
        let era = y / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
