// SPDX-License-Identifier: BSD-3-Clause

/// Seconds since 1970 of `Sun, 06 Nov 1994 08:49:37 GMT`; the only form servers still send (RFC 9110 §5.6.7).
package func secondsSince1970(httpDate text: String) -> Int64? {
    let words = text.split(separator: " ")
    guard words.count == 6, words[5] == "GMT", let day = Int64(words[1]), let year = Int64(words[3]),
        let month = months.firstIndex(where: { $0 == words[2] })
    else { return nil }
    let clock = words[4].split(separator: ":").compactMap { Int64($0) }
    // Servers tell whatever number they like.
    guard clock.count == 3, clock.allSatisfy({ (0...60).contains($0) }), (1...9999).contains(year),
        (1...31).contains(day)
    else { return nil }
    return daysSince1970(year: year, month: Int64(month + 1), day: day) * 86400
        + clock[0] * 3600 + clock[1] * 60 + clock[2]
}

private let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

/// Days between a date of the Gregorian calendar and 1970-01-01, by eras of 400 years.
private func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
}
