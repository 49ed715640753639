// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Engine
import Locations

/// `list` and `search` as conda prints them.
enum CondaPackages {
    @Sendable static func listing(_ packages: [PackageRecord], _ prefix: String, _ names: ChannelNames) -> String {
        var columns = PackageColumns(prefix: prefix, names: names)
        columns.add(PackageColumns.usual)
        return columns.text(packages)
    }

    @inline(never)
    static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.unicodeScalars.count, 0))
    }

    /// `512 B`, `12 KB`, `3.4 MB`, `1.25 GB`: each unit is 1024 of the one before.
    static func bytes(_ count: UInt64) -> String {
        if count < 1024 { return "\(count) B" }
        let kilo = Double(count) / 1024
        if kilo < 1024 { return "\(Int(kilo.rounded(.toNearestOrEven))) KB" }
        let isMega = kilo < 1_048_576
        let scale = isMega ? 10 : 100
        let parts = Int((kilo / (isMega ? 1024 : 1_048_576) * Double(scale)).rounded(.toNearestOrEven))
        return "\(parts / scale).\(String(scale + parts % scale).dropFirst()) \(isMega ? "MB" : "GB")"
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

    /// The whole record with the keys that conda's own have.
    static func whole(_ record: PackageRecord) -> JSON { whole(record, keys: ["arch", "platform"]) }

    /// - Parameter keys: those that are there in any case.
    private static func whole(_ record: PackageRecord, keys: [String]) -> JSON {
        var members = record.members
        for (index, member) in members.enumerated() {
            switch member.key {
            case "channel":
                members[index].value = .string("\(record.channel.separatingCredentials.plain)/\(record.subdir)")
            case "url": members[index].value = .string(record.url.separatingCredentials.plain)
            default: break
            }
        }
        for key in keys where !members.contains(where: { $0.key == key }) {
            members.append(JSONMember(key, .null))
        }
        if let noarch = record.noarch.text { members.append(JSONMember("package_type", .string("noarch_\(noarch)"))) }
        return .object(members)
    }

    /// What stands before the answer of a search: conda shows a spinner there.
    private static let loading = "Loading channels: ...working... done\n"

    @Sendable static func found(_ packages: [PackageRecord], _ names: ChannelNames) -> String {
        loading + line(20, ["# Name", "Version", "Build", "Channel"])
            + packages.map { line(20, [$0.name, $0.version, $0.build, place($0, names)]) }.joined()
    }

    /// What `search --envs` finds in the environments at these places.
    static func located(_ groups: [(prefix: String, packages: [PackageRecord])], _ names: ChannelNames) -> String {
        line(15, ["# Name", "Version", "Build", "Channel", "Location"])
            + groups.flatMap { prefix, packages in
                packages.map { line(15, [$0.name, $0.version, $0.build, place($0, names), prefix]) }
            }.joined()
    }

    static func located(_ groups: [(prefix: String, packages: [PackageRecord])]) -> JSON {
        .array(
            groups.map { prefix, packages in
                .object([
                    JSONMember("location", .string(prefix)),
                    JSONMember("package_records", .array(packages.map { whole($0, keys: []) })),
                ])
            })
    }

    private static func place(_ record: PackageRecord, _ names: ChannelNames) -> String {
        names.name(of: record).split(separator: "/").last.map(String.init) ?? ""
    }

    /// The name, version and build at their right edge, and what else there is.
    private static func line(_ width: Int, _ cells: [String]) -> String {
        var line = padded(cells[0], width)
        for cell in cells[1...2] { line += " " + padded("", 15 - cell.unicodeScalars.count) + cell }
        line += " "
        for cell in cells[3...] { line += " " + padded(cell, 20) }
        return line + "\n"
    }

    @Sendable static func details(_ packages: [PackageRecord]) -> String { loading + described(packages) }

    /// Everything that is known of packages.
    static func described(_ packages: [PackageRecord]) -> String {
        var text = ""
        for record in packages {
            let title = "\(record.name) \(record.version) \(record.build)"
            text += "\(title)\n\(String(repeating: "-", count: title.unicodeScalars.count))\n"
            let members = whole(record, keys: [])
            for title in "file_name name version build build_number size license subdir url md5".split(separator: " ") {
                guard let value = members[title == "file_name" ? "fn" : String(title)] else { continue }
                text += row(spaced(title), title == "size" ? bytes(record.size ?? 0) : PackageColumns.text(value))
            }
            if let time = record.timestamp { text += row("timestamp", PackageText.date(time)) }
            for (title, words) in [("track_features", record.trackFeatures), ("constraints", record.constrains)]
            where !words.isEmpty {
                text += row(title, dashed(words))
            }
            text += row("dependencies", record.depends.isEmpty ? "[]" : dashed(record.depends)) + "\n\n"
        }
        return text
    }

    @inline(never)
    private static func row(_ title: String, _ value: String) -> String { "\(padded(title, 12)): \(value)\n" }

    @inline(never)
    private static func dashed(_ words: [String]) -> String { words.map { "\n  - \($0)" }.joined() }

    /// `build number` for `build_number`.
    @inline(never)
    static func spaced(_ title: Substring) -> String { title.split(separator: "_").joined(separator: " ") }
}
