// SPDX-License-Identifier: BSD-3-Clause

/// Quantities as people read them.
enum Units {
    /// `0 B`, `12 kB`, `3.4 MB`, `1.2 GB`: decimal units, as package sizes are given everywhere else.
    static func bytes(_ count: UInt64) -> String {
        if count < 1000 { return "\(count) B" }
        var tenths = count / 100
        for unit in ["kB", "MB", "GB"] {
            if tenths < 10_000 {
                return tenths < 100 || unit != "kB" ? "\(tenths / 10).\(tenths % 10) \(unit)" : "\(tenths / 10) kB"
            }
            tenths /= 1000
        }
        return "\(tenths / 10) TB"
    }

    /// `0.4 s`, `12 s`, `2 min 5 s` from nanoseconds.
    static func duration(_ nanoseconds: UInt64) -> String {
        let tenths = (nanoseconds + 50_000_000) / 100_000_000
        if tenths < 100 { return "\(tenths / 10).\(tenths % 10) s" }
        let seconds = tenths / 10
        return seconds < 60 ? "\(seconds) s" : "\(seconds / 60) min \(seconds % 60) s"
    }

    /// `1 package`, `2 packages`.
    static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}
