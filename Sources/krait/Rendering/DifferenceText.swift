// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Engine

/// How two environments differ, for people and for programs.
enum DifferenceText {
    private typealias Package = EnvironmentContents.Package

    /// One line a package: `+` came, `-` went, `~` changed; then the sums.
    static func text(_ difference: EnvironmentDifference) -> String {
        if difference.isEmpty { return "No difference in \(Units.count(difference.unchangedCount, "package")).\n" }
        var table = TextTable(rightAligned: [4])
        for (sign, packages) in [("+", difference.added), ("-", difference.removed)] {
            for package in packages { table.append(row(sign, package)) }
        }
        for (from, to) in difference.changed {
            var cells = row("~", to)
            if from.version != to.version { cells[2] = "\(from.version ?? "any") -> \(to.version ?? "any")" }
            if from.build != to.build { cells[3] = "\(from.build ?? "any") -> \(to.build ?? "any")" }
            if from.version == to.version, from.build == to.build, from.channel != to.channel {
                cells[3] += " \(from.channel ?? "any") -> \(to.channel ?? "any")"
            }
            table.append(cells)
        }
        var sums: [String] = []
        for (title, count) in [
            ("added", difference.added.count), ("removed", difference.removed.count),
            ("changed", difference.changed.count), ("the same", difference.unchangedCount),
        ] where count > 0 { sums.append("\(count) \(title)") }
        let size = difference.sizeChange
        if size != 0 { sums.append("\(size < 0 ? "-" : "+")\(Units.bytes(size.magnitude))") }
        return table.rendered() + "\n" + sums.joined(separator: "; ") + "\n"
    }

    private static func row(_ sign: String, _ package: Package) -> [String] {
        [
            sign, package.name, package.version ?? "", package.build ?? (package.manager == "pypi" ? "pypi" : ""),
            package.size.map(Units.bytes) ?? "",
        ]
    }

    /// `{"from", "to", "added", "removed", "changed": [{"from", "to"}], "unchanged", "size_change"}`.
    static func json(_ difference: EnvironmentDifference, from: String, to: String) -> JSON {
        .object([
            JSONMember("from", .string(from)), JSONMember("to", .string(to)),
            JSONMember("added", .array(difference.added.map(json))),
            JSONMember("removed", .array(difference.removed.map(json))),
            JSONMember(
                "changed",
                .array(
                    difference.changed.map {
                        .object([JSONMember("from", json($0.from)), JSONMember("to", json($0.to))])
                    })),
            JSONMember("unchanged", .integer(Int64(difference.unchangedCount))),
            JSONMember("size_change", .integer(difference.sizeChange)),
        ])
    }

    private static func json(_ package: Package) -> JSON {
        var members = [JSONMember("name", .string(package.name)), JSONMember("manager", .string(package.manager))]
        members.append(JSONMember("version", package.version.map { .string($0) } ?? .null))
        members.append(JSONMember("build", package.build.map { .string($0) } ?? .null))
        if let size = package.size { members.append(JSONMember("size", .unsigned(size))) }
        return .object(members)
    }
}
