// SPDX-License-Identifier: BSD-3-Clause
package import Conda
import Configuration
package import Failures
import Platform

extension Context {
    /// What the machine offers to packages of `platform`, with `virtual_packages` put over it (CEP 30).
    package func virtualPackages(_ platform: Subdir) throws(Failure) -> [VirtualPackage] {
        let host = HostFacts.current()
        var facts = VirtualPackage.Facts(subdir: try Subdir(kernel: host.kernelName, machine: host.machine))
        facts.kernelRelease = host.kernelRelease
        facts.glibcVersion = host.glibcVersion ?? defaultGlibcVersion(machine: host.machine)
        facts.x86Level = host.x86Level
        var found = VirtualPackage.detect(facts: facts, environment: environment.variables, target: platform)
        // CEP 30 has nothing better than 0 for a machine that is not here; with that no package of macOS would do.
        for index in found.indices where found[index].name == "__osx" && found[index].version == "0" {
            found[index].version = "11.0"
        }
        var said: [VirtualPackage.Override] = []
        for text in settings[.virtualPackages] { said.append(try VirtualPackage.Override(text)) }
        return VirtualPackage.applying(said, to: found)
    }

    /// Where there is no C library to ask, as in an empty root, the oldest that packages are built for (CEP 30); none
    /// where the library is musl.
    private func defaultGlibcVersion(machine: String) -> String? {
        FileSystem.exists("/lib/ld-musl-\(machine).so.1") ? nil : "2.17"
    }
}

/// A moment that a user names: a date, a date with time, or an age.
struct Moment {
    /// Milliseconds since 1970.
    let milliseconds: UInt64

    /// Reads `2026-01-31`, `2026-01-31T12:00:00Z`, `7d`, `P7D`, `36h`, `2w`.
    init(_ text: String, nowSeconds: Int64) throws(Failure) {
        if let age = Self.age(text) {
            milliseconds = UInt64(max(0, nowSeconds - age)) * 1000
        } else if let seconds = Self.date(text) {
            milliseconds = UInt64(max(0, seconds)) * 1000
        } else {
            throw Failure(
                .usage, text, "is neither a date nor an age", hint: "write 2026-01-31, 2026-01-31T12:00:00Z or 7d")
        }
    }

    private static func age(_ text: String) -> Int64? {
        var body = text.lowercased()[...]
        if body.hasPrefix("p") { body = body.dropFirst() }
        guard let unit = body.last, let count = Int64(body.dropLast()), count >= 0, count < 1_000_000 else {
            return nil
        }
        switch unit {
        case "h": return count * 3600
        case "d": return count * 86_400
        case "w": return count * 7 * 86_400
        default: return nil
        }
    }

    private static func date(_ text: String) -> Int64? {
        let halves = text.split(whereSeparator: { $0 == "T" || $0 == " " }).map { String($0) }
        guard halves.count == 1 || halves.count == 2 else { return nil }
        let parts = halves[0].split(separator: "-").map { Int64($0) }
        guard parts.count == 3, let year = parts[0], let month = parts[1], let day = parts[2], year >= 1970,
            year < 10_000, (1...12).contains(month),
            (1...daysOfMonth(year, month)).contains(day)
        else { return nil }
        var seconds = days(year, month, day) * 86_400
        if halves.count == 2 {
            guard let time = secondsOfDay(halves[1]) else { return nil }
            seconds += time
        }
        return seconds
    }

    private static func daysOfMonth(_ year: Int64, _ month: Int64) -> Int64 {
        let (nextYear, next) = month == 12 ? (year + 1, 1) : (year, month + 1)
        return days(nextYear, next, 1) - days(year, month, 1)
    }

    private static func secondsOfDay(_ text: String) -> Int64? {
        let clock = text.hasSuffix("Z") ? text.dropLast() : text[...]
        let parts = clock.split(separator: ":").map { Int64($0.split(separator: ".").first ?? "") }
        guard (2...3).contains(parts.count), let hour = parts[0], let minute = parts[1], (0..<24).contains(hour),
            (0..<60).contains(minute)
        else { return nil }
        return hour * 3600 + minute * 60 + (parts.count == 3 ? parts[2] ?? 0 : 0)
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
