// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Engine

/// `list` and `search` as conda prints them.
enum CondaPackages {
    @Sendable static func listing(_ packages: [PackageRecord], _ prefix: String, _ names: ChannelNames) -> String {
        let rows = packages.map { [$0.name, $0.version, $0.build, names.name(of: $0)] }
        return "# packages in environment at \(prefix):\n#\n"
            + columns([["# Name", "Version", "Build", "Channel"]] + rows, widths: [26, 16, 16, 0])
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.unicodeScalars.count, 0))
    }

    /// Cells at the left, columns at least as wide as conda's.
    private static func columns(_ rows: [[String]], widths least: [Int], alignedRight: Set<Int> = []) -> String {
        var widths = least
        for row in rows {
            for (column, cell) in row.enumerated() where column < row.count - 1 {
                widths[column] = max(widths[column], cell.unicodeScalars.count)
            }
        }
        return rows.map { row in
            let cells = row.enumerated().map { column, cell in
                let padding = String(repeating: " ", count: max(widths[column] - cell.unicodeScalars.count, 0))
                if column == row.count - 1 { return cell }
                return alignedRight.contains(column) ? padding + cell : cell + padding
            }
            return cells.joined(separator: " ") + "\n"
        }.joined()
    }

    /// An entry of `list --json`.
    @Sendable static func listed(_ record: PackageRecord) -> JSON {
        guard case .object(let members) = record.listed else { return record.listed }
        return .object(members.filter { $0.key != "url" })
    }

    @Sendable static func linesHead(_ prefix: String, _ platform: String?) -> String {
        guard let platform else { return "" }
        return Dialect.conda.callingInHead(PackageText.linesHead(prefix, platform))
            + "# created-by: conda \(Dialect.conda.peerVersion)\n"
    }

    @Sendable static func explicit(_ text: String, _ prefix: String) -> String {
        var lines = ["# This file may be used to create an environment using:"]
        lines.append("# $ conda create --name <env> --file <this file>")
        for line in text.split(separator: "\n") where !line.hasPrefix("#") || line.hasPrefix("# platform:") {
            if line == "@EXPLICIT" { lines.append("# created-by: conda \(Dialect.conda.peerVersion)") }
            lines.append(String(line))
        }
        return lines.map { $0 + "\n" }.joined()
    }

    @Sendable static func found(_ packages: [PackageRecord], _ names: ChannelNames) -> String {
        let rows = packages.map { record in
            let channel = names.name(of: record)
            return [
                record.name, record.version, record.build,
                " " + padded(channel.split(separator: "/").last.map(String.init) ?? "", 20),
            ]
        }
        return "Loading channels: ...working... done\n"
            + columns(
                [["# Name", "Version", "Build", " Channel             "]] + rows, widths: [20, 15, 15, 0],
                alignedRight: [1, 2])
    }
}
