// SPDX-License-Identifier: BSD-3-Clause

/// Columns of text, as wide as their widest cell.
struct TextTable {
    private var rows: [[String]] = []
    /// Columns whose cells stand at the right edge.
    let rightAligned: Set<Int>

    init(rightAligned: Set<Int> = []) { self.rightAligned = rightAligned }

    var isEmpty: Bool { rows.isEmpty }

    mutating func append(_ cells: [String]) { rows.append(cells) }

    /// The rows, one line each, every line indented by `indent` and without spaces at its end.
    func rendered(indent: Int = 2) -> String {
        var widths: [Int] = []
        for row in rows {
            for (column, cell) in row.enumerated() {
                if column == widths.count { widths.append(0) }
                widths[column] = max(widths[column], cell.unicodeScalars.count)
            }
        }
        var text = ""
        for row in rows {
            var line = String(repeating: " ", count: indent)
            for (column, cell) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - cell.unicodeScalars.count)
                line += (column == 0 ? "" : "  ") + (rightAligned.contains(column) ? padding + cell : cell + padding)
            }
            while line.last == " " { line.removeLast() }
            text += line + "\n"
        }
        return text
    }
}
