// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Transport

/// A page that shows requests as bars over time, one under the other; it needs no other file and no script.
struct Waterfall {
    private let entries: [NetworkTrace.Entry]
    /// Pixels: of a row, of the names at the left, and of the time axis.
    private static let row = 16
    private static let names = 420
    private static let width = 900

    init(_ entries: [NetworkTrace.Entry]) { self.entries = entries }

    private static let parts = [
        ("wait", "waits for its turn", "#d8d8d8"), ("open", "opens a connection", "#e8a33d"),
        ("ask", "waits for the answer", "#8fb8de"), ("body", "receives", "#3f7f4f"), ("fail", "failed", "#c0392b"),
    ]

    var page: String {
        let connections = entries.count { $0.opened }
        let bytes = entries.reduce(0) { $0 + $1.bytes }
        let heading =
            "\(entries.count) requests, \(connections) connections, \(bytes / 1000) kB, "
            + "\(NetworkTrace.roundTrips(entries)) round trips one after another, \((entries.map(\.ended).max() ?? 0) / 1_000_000) ms"
        let legend = Self.parts.map { "<span style=\"background:\($0.2)\">&emsp;</span> \($0.1)" }.joined(
            separator: " &ensp; ")
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>Network requests of krait</title>
            <style>body { font: 12px sans-serif } svg text { font: 11px sans-serif }
            \(Self.parts.map { ".\($0.0) { fill: \($0.2) }" }.joined(separator: " "))</style></head>
            <body><h1>Network requests of krait</h1><p>\(heading)</p><p>\(legend)</p>
            \(drawing)
            </body></html>

            """
    }

    private var drawing: String {
        let end = Double(max(entries.map(\.ended).max() ?? 0, 1))
        func x(_ time: UInt64) -> Double { Double(Self.names) + Double(time) / end * Double(Self.width) }
        let height = (entries.count + 2) * Self.row
        var lines: [String] = []
        for tick in 0...10 {
            let time = UInt64(end) / 10 * UInt64(tick)
            lines.append(
                "<line x1=\"\(short(x(time)))\" x2=\"\(short(x(time)))\" y1=\"\(Self.row)\" y2=\"\(height)\" stroke=\"#eee\"/>"
                    + "<text x=\"\(short(x(time)))\" y=\"11\">\(time / 1_000_000) ms</text>")
        }
        for (number, entry) in entries.enumerated() {
            let y = (number + 1) * Self.row + 2
            func bar(_ name: String, _ from: UInt64, _ to: UInt64) {
                guard to > from else { return }
                lines.append(
                    "<rect class=\"\(name)\" x=\"\(short(x(from)))\" y=\"\(y)\" width=\"\(short(max(x(to) - x(from), 0.5)))\" height=\"\(Self.row - 4)\"/>"
                )
            }
            let asked = max(entry.began, entry.opened ? entry.connected : 0)
            let answered = entry.firstByte > 0 ? entry.firstByte : entry.ended
            bar("wait", entry.queued, entry.began)
            bar("open", entry.began, asked)
            bar("ask", asked, answered)
            bar(entry.problem == nil ? "body" : "fail", answered, entry.ended)
            lines.append(
                "<g><title>\(escapedMarkup(title(entry)))</title><text x=\"0\" y=\"\(y + 10)\">\(escapedMarkup(label(entry)))</text></g>"
            )
        }
        return
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(Self.names + Self.width + 60)\" height=\"\(height)\">\n"
            + lines.joined(separator: "\n") + "\n</svg>"
    }

    private func label(_ entry: NetworkTrace.Entry) -> String {
        let name = entry.url.split(separator: "/").last.map(String.init) ?? entry.url
        let end = name.count > 48 ? String(name.prefix(30)) + "…" + String(name.suffix(16)) : name
        return "\(end)  \(entry.status == 0 ? "–" : "\(entry.status)")  \(entry.bytes / 1000) kB  #\(entry.connection)"
    }

    private func title(_ entry: NetworkTrace.Entry) -> String {
        "\(entry.url)\nHTTP/\(entry.version), attempt \(entry.attempt)" + (entry.problem.map { ": \($0)" } ?? "")
    }

    /// One digit after the point, which is fine enough for a pixel.
    private func short(_ number: Double) -> String {
        let tenths = Int((number * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
