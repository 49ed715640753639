// SPDX-License-Identifier: BSD-3-Clause
import Codecs

/// A picture of parts of a whole: rectangles as large as what they stand for, as square as can be (Bruls, Huizing and van Wijk,
/// "Squarified treemaps").
enum TreeMap {
    /// The units of the picture.
    private static let width = 10_000.0
    private static let height = 4_200.0
    /// Of letters; about this many units wide is one.
    private static let letter = 95.0

    /// An SVG of `parts`, the largest first, none of them of no size.
    static func svg(_ parts: [(name: String, size: UInt64, details: String)], label: String) -> String {
        var text =
            "<svg viewBox=\"0 0 \(Int(width)) \(Int(height))\" role=\"img\" aria-label=\"\(escapedMarkup(label))\">"
        for (index, (part, area)) in zip(parts, layout(parts.map { Double($0.size) })).enumerated() {
            let (x, y) = (Int(area.x), Int(area.y))
            let (w, h) = (Int(area.x + area.width) - x, Int(area.y + area.height) - y)
            text += "\n<g><title>\(escapedMarkup("\(part.name): \(part.details)"))</title>"
            text += "<rect class=\"c\(index % 6)\" x=\"\(x)\" y=\"\(y)\" width=\"\(w)\" height=\"\(h)\"/>"
            let room = Int(area.width / letter) - 1
            if room >= 4, h > 200 {
                // Of a path the end tells more.
                let isPath = part.name.contains("/")
                let short = isPath ? "…\(part.name.suffix(room - 1))" : "\(part.name.prefix(room - 1))…"
                let name = part.name.count > room ? short : part.name
                text += "<text x=\"\(x + 60)\" y=\"\(y + 170)\">\(escapedMarkup(name))</text>"
                if h > 380, part.details.count <= room {
                    text += "<text x=\"\(x + 60)\" y=\"\(y + 340)\">\(escapedMarkup(part.details))</text>"
                }
            }
            text += "</g>"
        }
        return text + "\n</svg>"
    }

    /// A rectangle.
    struct Area: Equatable {
        var x = 0.0
        var y = 0.0
        var width = TreeMap.width
        var height = TreeMap.height
    }

    /// Where each of `sizes` is, which are in descending order and above zero.
    static func layout(_ sizes: [Double]) -> [Area] {
        var areas: [Area] = []
        var rest = Area()
        let unit = width * height / max(sizes.reduce(0, +), 1)
        while areas.count < sizes.count {
            let first = areas.count
            let side = min(rest.width, rest.height)
            var (end, sum, best) = (first, 0.0, Double.infinity)
            // A row gets longer while its worst rectangle gets better.
            while end < sizes.count {
                let next = sum + sizes[end] * unit
                let worst = max(
                    side * side * sizes[first] * unit / (next * next), next * next / (side * side * sizes[end] * unit))
                if worst > best { break }
                (end, sum, best) = (end + 1, next, worst)
            }
            let thickness = sum / max(side, 1e-9)
            var along = 0.0
            let isColumn = rest.width >= rest.height
            for size in sizes[first..<end] {
                let length = size * unit / max(thickness, 1e-9)
                areas.append(
                    isColumn
                        ? Area(x: rest.x, y: rest.y + along, width: thickness, height: length)
                        : Area(x: rest.x + along, y: rest.y, width: length, height: thickness))
                along += length
            }
            if isColumn {
                rest.x += thickness
                rest.width -= thickness
            } else {
                rest.y += thickness
                rest.height -= thickness
            }
        }
        return areas
    }
}
