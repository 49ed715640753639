// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Engine
import Locations

/// `list`, `search` and `repoquery` as micromamba prints them.
enum MambaPackages {
    @Sendable static func listing(_ packages: [PackageRecord], _ prefix: String, _ names: ChannelNames) -> String {
        if packages.isEmpty { return head(prefix) }
        return head(prefix)
            + MambaText.table(
                ["Name", "Version", "Build", "Channel"],
                packages.map { [$0.name, $0.version, $0.build, names.name(of: $0)] })
    }

    @Sendable static func linesHead(_ prefix: String, _ platform: String?) -> String { head(prefix) }

    private static func head(_ prefix: String) -> String { "List of packages in environment: \"\(prefix)\"\n\n" }

    @Sendable static func listingDocument(_ packages: [PackageRecord], _ names: ChannelNames) -> JSON {
        .object([MambaText.log, JSONMember("packages", .array(packages.map { listed($0, names) }))])
    }

    private static func listed(_ record: PackageRecord, _ names: ChannelNames) -> JSON {
        var members: [JSONMember] = [
            JSONMember(
                "base_url",
                .string(record.channel.hasURLScheme ? record.channel.separatingCredentials.plain : record.channelURL)),
            JSONMember("build_number", .unsigned(record.buildNumber)),
            JSONMember("build_string", .string(record.build)),
            JSONMember("channel", .string(names.name(of: record))),
            JSONMember("dist_name", .string(record.distribution)),
        ]
        if let md5 = record.md5 { members.append(JSONMember("md5", .string(md5.hex))) }
        members += [JSONMember("name", .string(record.name)), JSONMember("platform", .string(record.subdir))]
        if let sha256 = record.sha256 { members.append(JSONMember("sha256", .string(sha256.hex))) }
        return .object(
            members + [
                JSONMember("url", .string(record.url.separatingCredentials.plain)),
                JSONMember("version", .string(record.version)),
            ])
    }

    /// The URLs under micromamba's head, without the marks of a file.
    @Sendable static func explicit(_ text: String, _ prefix: String) -> String {
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") && $0 != "@EXPLICIT" }
        return head(prefix) + lines.map { "\($0)\n" }.joined()
    }

    /// The newest record of each name with all that is known of it, and the others in a table.
    @Sendable static func found(_ packages: [PackageRecord]) -> String {
        var text = ""
        var index = 0
        while index < packages.count {
            let end = packages[index...].firstIndex { $0.name != packages[index].name } ?? packages.count
            let versions = versions(packages[index..<end])
            text += details(packages[end - 1], builds(versions[0])) + others(versions.dropFirst())
            index = end
        }
        return text
    }

    /// The records of a name by version, the newest first.
    private static func versions(_ packages: ArraySlice<PackageRecord>) -> [[PackageRecord]] {
        var versions: [[PackageRecord]] = []
        for package in packages.reversed() {
            if versions.last?[0].version == package.version {
                versions[versions.count - 1].append(package)
            } else {
                versions.append([package])
            }
        }
        return versions
    }

    /// How many builds a version has beside the one that is shown.
    private static func builds(_ version: [PackageRecord]) -> String {
        version.count > 1 ? "(+ \(version.count - 1) builds)" : ""
    }

    private static func details(_ record: PackageRecord, _ builds: String) -> String {
        let title = "\(record.name) \(record.version) \(record.build)" + (builds.isEmpty ? "" : " \(builds)")
        let width = max(40, title.unicodeScalars.count)
        let left = String(repeating: " ", count: (width - title.unicodeScalars.count) / 2)
        let rows: [(String, String?)] = [
            ("Name", record.name), ("Version", record.version), ("Build", record.build),
            ("Size", "\((record.size ?? 0) / 1000) kB"), ("License", record.license), ("Subdir", record.subdir),
            ("File Name", record.fileName), ("URL", record.url.separatingCredentials.plain),
            ("MD5", record.md5?.hex ?? "Not available"), ("SHA256", record.sha256?.hex ?? "Not available"),
        ]
        let lines = rows.map { title, value in
            " \(title)\(String(repeating: " ", count: max(16 - title.count, 1)))\(value ?? "")\n"
        }
        return "\(left)\(title)\n\(MambaText.rule(width))\n\n\(lines.joined())"
            + block("Run Constraints", record.constrains) + block("Dependencies", record.depends)
    }

    private static func block(_ title: String, _ specs: [String]) -> String {
        specs.isEmpty ? "" : "\n \(title):\n" + specs.map { "  - \($0)\n" }.joined()
    }

    private static func others(_ versions: ArraySlice<[PackageRecord]>) -> String {
        if versions.isEmpty { return "\n" }
        let rows = versions.map { [$0[0].version, $0[0].build, builds($0)] }
        let table = MambaText.table(["Version", "Build", ""], rows, indent: 1, gap: 1)
        let lines = table.split(separator: "\n").map { " \($0)\n" }
        return "\n Other Versions (\(versions.count)):\n\n\(lines.joined())\n"
    }

    static func isNothing(_ answer: PackageAnswer, _ kind: PackageQuery.Kind) -> Bool {
        answer.packages.isEmpty && (kind == .whoneeds || answer.tree?.package == nil)
    }

    /// What is printed when nothing matches, which is not a failure.
    static func none(_ kind: PackageQuery.Kind, _ specs: [String], _ invocation: Invocation) -> String {
        var text = "No entries matching \"\(specs.joined(separator: " "))\" found\n"
        if kind != .search, !invocation[.remote] { return text + "Try looking remotely with '--remote'.\n" }
        let isElsewhere = kind != .search || !invocation[.local]
        if isElsewhere, invocation.channels.isEmpty {
            text += "Try looking in a different channel with '-c, --channel'.\n"
        }
        return text
    }

    @Sendable static func steps(
        _ question: PackageQuery, _ answer: PackageAnswer, _ names: ChannelNames
    ) -> String {
        let packages = answered(question, answer)
        if question.kind == .whoneeds {
            return MambaText.table(
                ["Name", "Version", "Build", "Depends", "Channel", "Subdir"],
                packages.map {
                    let need = why($0, question)
                    return [$0.name, $0.version, $0.build, need, names.name(of: $0), $0.subdir]
                }, indent: 1, gap: 1)
        }
        if question.kind == .search {
            var rows: [[String]] = []
            var rest = answer.packages[...]
            while let name = rest.first?.name {
                let own = rest.prefix { $0.name == name }
                rest = rest.dropFirst(own.count)
                rows += versions(own).map {
                    [name, $0[0].version, $0[0].build, builds($0), names.name(of: $0[0]), $0[0].subdir]
                }
            }
            return MambaText.table(["Name", "Version", "Build", "", "Channel", "Subdir"], rows, indent: 1, gap: 1)
        }
        return MambaText.table(
            ["Name", "Version", "Build", "Channel", "Subdir"],
            packages.map { [$0.name, $0.version, $0.build, names.name(of: $0), $0.subdir] }, indent: 1, gap: 1)
    }

    /// The dependency of a package that names what was asked about.
    private static func why(_ record: PackageRecord, _ question: PackageQuery) -> String {
        let name = question.spec.prefix { $0.isLetter || $0.isNumber || "-_.".contains($0) }
        return record.depends.first { $0.split(separator: " ").first.map { $0 == name } ?? false } ?? ""
    }

    /// The packages of an answer by name; what was asked about is one of them where its dependencies are the question.
    private static func answered(_ question: PackageQuery, _ answer: PackageAnswer) -> [PackageRecord] {
        let own = question.kind == .depends ? answer.tree?.package.map { [$0] } ?? [] : []
        return (own + answer.packages).sorted {
            $0.name == $1.name ? $0.version < $1.version : $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
        }
    }

    @Sendable static func tree(
        _ question: PackageQuery, _ answer: PackageAnswer, _ names: ChannelNames
    ) -> String {
        guard question.kind == .depends, let tree = answer.tree else { return steps(question, answer, names) }
        return PackageTree.drawn(tree, indent: "  ", label)
    }

    private static func label(_ node: PackageAnswer.Node) -> String {
        guard let package = node.package else { return "\(node.text) >>> NOT FOUND <<<" }
        return node.isRepeated ? "\(package.name) already visited" : "\(package.name)[\(package.version)]"
    }

    @Sendable static func document(
        _ question: PackageQuery, _ answer: PackageAnswer, _ names: ChannelNames
    ) -> JSON {
        var result: [JSONMember] = []
        let isNothing = isNothing(answer, question.kind)
        if question.kind != .search, !isNothing, let root = answer.tree {
            let record = question.kind == .depends ? root.package.map { MambaText.record($0, names) } : nil
            result.append(JSONMember("graph_roots", .array([record ?? .string(root.package?.name ?? root.text)])))
        }
        let packages = question.kind == .search ? answer.packages.reversed() : answered(question, answer)
        result += [
            JSONMember("msg", .string(isNothing ? "No entries matching \"\(question.spec)\" found" : "")),
            JSONMember("pkgs", .array(packages.map { MambaText.record($0, names) })),
            JSONMember("status", "OK"),
        ]
        return .object([
            MambaText.log,
            JSONMember(
                "query",
                .object([
                    JSONMember("query", .string(question.spec)), JSONMember("type", .string(question.kind.rawValue)),
                ])),
            JSONMember("result", .object(result)),
        ])
    }
}
