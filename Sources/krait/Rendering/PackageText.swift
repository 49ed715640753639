// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Engine
import Locations
import Platform

/// Packages that a query found, for people and for programs.
enum PackageText {
    /// What an environment holds.
    @Sendable static func listing(_ packages: [PackageRecord], _ prefix: String, _ names: ChannelNames) -> String {
        var table = TextTable()
        table.append(["# Name", "Version", "Build", "Channel"])
        let channels = ShortChannelNames(packages, names)
        for record in packages { table.append([record.name, record.version, record.build, channels.name(record)]) }
        return "# packages in environment at \(prefix):\n#\n" + table.rendered(indent: 0)
    }

    @Sendable static func linesHead(_ prefix: String, _ platform: String?) -> String {
        guard let platform else { return "" }
        return "# This file may be used to create an environment using:\n"
            + "# $ krait create --name <env> --file <this file>\n"
            + (platform.isEmpty ? "" : "# platform: \(platform)\n")
    }

    /// One line for each: name, version, build, channel.
    @Sendable static func table(_ packages: [PackageRecord], _ names: ChannelNames) -> String {
        var table = TextTable()
        table.append(["# Name", "Version", "Build", "Channel"])
        let channels = ShortChannelNames(packages, names)
        for record in packages {
            let channel = channels.name(record)
            // `conda-forge/linux-64`
            let place = record.subdir.isEmpty ? channel : "\(channel)/\(record.subdir)"
            table.append([record.name, record.version, record.build, place])
        }
        return table.rendered(indent: 0)
    }

    /// Everything that is known of one package.
    static func details(_ record: PackageRecord) -> String {
        var table = TextTable()
        func row(_ title: String, _ value: String?) {
            if let value, !value.isEmpty { table.append([title, ":", value]) }
        }
        row("file name", record.fileName)
        row("name", record.name)
        row("version", record.version)
        row("build", record.build)
        row("build number", String(record.buildNumber))
        row("noarch", record.noarch.text)
        row("size", record.size.map { Units.bytes($0) })
        row("license", record.license)
        row("subdir", record.subdir)
        row("url", record.url.separatingCredentials.plain)
        row("md5", record.md5?.hex)
        row("sha256", record.sha256?.hex)
        row("timestamp", record.timestamp.map(date))
        row("track features", record.trackFeatures.joined(separator: " "))
        row("flags", record.flags.joined(separator: " "))
        let title = "\(record.name) \(record.version) \(record.build)"
        var text =
            "\(title)\n\(String(repeating: "-", count: title.unicodeScalars.count))\n" + table.rendered(indent: 0)
        let groups = record.extraDepends.map { ("depends with extras=[\($0.group)]", $0.depends) }
        for (title, specs) in [("constrains", record.constrains), ("depends", record.depends)] + groups
        where !specs.isEmpty {
            text += "\(title):\n" + specs.map { "  - \($0)\n" }.joined()
        }
        return text
    }

    /// `2026-01-31 12:00:00 UTC`; times are milliseconds, small ones seconds (Rules §4.2).
    static func date(_ timestamp: UInt64) -> String {
        let seconds = timestamp > 253_402_300_799 ? timestamp / 1000 : timestamp
        let time = universalTime(Int64(clamping: seconds))
        func two(_ number: some BinaryInteger) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return
            "\(time.year)-\(two(time.month))-\(two(time.day)) \(two(time.hour)):\(two(time.minute)):\(two(time.second)) UTC"
    }

    /// `{"name": [record…]}`, as `conda search --json` has it.
    static func byName(_ packages: [PackageRecord], inCondasWay isCondas: Bool = false) -> JSON {
        var members: [JSONMember] = []
        var index = 0
        while index < packages.count {
            let name = packages[index].name
            let end = packages[index...].firstIndex { $0.name != name } ?? packages.count
            members.append(
                JSONMember(name, .array(packages[index..<end].map { isCondas ? CondaPackages.whole($0) : $0.json })))
            index = end
        }
        return .object(members)
    }

    /// `{"query", "result": {"pkgs", "tree"}}`, as micromamba's `repoquery --json` with the tree added.
    @Sendable static func document(_ question: PackageQuery, _ answer: PackageAnswer) -> JSON {
        var result: [JSONMember] = [JSONMember("status", "OK"), JSONMember("msg", "")]
        result.append(JSONMember("pkgs", .array(answer.packages.map(\.json))))
        if let tree = answer.tree { result.append(JSONMember("tree", json(of: tree))) }
        return .object([
            JSONMember(
                "query",
                .object([
                    JSONMember("query", .string(question.spec)), JSONMember("type", .string(question.kind.rawValue)),
                ])),
            JSONMember("result", .object(result)),
        ])
    }

    private static func json(of node: PackageAnswer.Node) -> JSON {
        .object([
            JSONMember("package", node.package.map { .string($0.distribution) } ?? .null),
            JSONMember("text", .string(node.text)),
            JSONMember("repeated", .bool(node.isRepeated)),
            JSONMember("children", .array(node.children.map(json))),
        ])
    }
}
