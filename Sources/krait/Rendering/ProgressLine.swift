// SPDX-License-Identifier: BSD-3-Clause

/// One line that tells how far an operation is; drawing is text only, so that it can be tested without a terminal.
struct ProgressLine {
    var phase: String
    var done: UInt64
    var total: UInt64
    var packagesDone: Int
    var packagesTotal: Int
    var nanoseconds: UInt64

    /// The line for a terminal of `width` columns, without an end of line.
    func drawn(width: Int) -> String {
        let counts = packagesTotal > 0 ? " \(packagesDone)/\(packagesTotal)" : ""
        let bytes = total > 0 ? "  \(Units.bytes(done)) of \(Units.bytes(total))" : ""
        var time = "  \(Units.duration(nanoseconds))"
        let head = phase + counts
        var pace = pace
        // What does not fit is left out, the pace first.
        if head.count + bytes.count + pace.count + time.count >= width { pace = "" }
        if head.count + bytes.count + time.count >= width { time = "" }
        let room = width - head.count - bytes.count - pace.count - time.count - 4
        var bar = ""
        if total > 0, room >= 10 {
            let cells = min(room, 30)
            let filled = min(cells, Int(Double(min(done, total)) / Double(total) * Double(cells)))
            bar = " [" + String(repeating: "=", count: filled) + String(repeating: " ", count: cells - filled) + "]"
        }
        return String((head + bar + bytes + pace + time).prefix(max(width - 1, 0)))
    }

    /// `  2.0 MB/s  3 s left`, after the first second and while something is to come.
    private var pace: String {
        guard total > 0, done > 0, done < total, nanoseconds >= 1_000_000_000 else { return "" }
        let seconds = Double(nanoseconds) / 1e9
        let left = Double(total - done) / Double(done) * Double(nanoseconds)
        return "  \(Units.bytes(UInt64(exactly: (Double(done) / seconds).rounded()) ?? .max))/s"
            + (left < 1e18 ? "  \(Units.duration(UInt64(left))) left" : "")
    }
}
