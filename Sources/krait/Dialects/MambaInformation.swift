// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Engine

/// `info` and `env list` as micromamba prints them.
enum MambaInformation {
    static func text(_ information: Information, tool: String) -> String {
        let width = 23
        var text = "\n"
        for (title, values) in rows(information, tool) {
            let padding = String(repeating: " ", count: max(width - title.count, 0))
            text += "\(padding)\(title) : \(values.first ?? "")\n"
            for value in values.dropFirst() { text += String(repeating: " ", count: width + 3) + value + "\n" }
        }
        return text
    }

    static func document(_ information: Information, tool: String) -> JSON {
        var members: [JSONMember] = []
        for (title, values) in rows(information, tool) {
            let isList = lists.contains(title)
            members.append(JSONMember(title, isList ? .strings(values) : .string(values.first ?? "")))
        }
        return .object((members + [MambaText.log]).sorted { $0.key < $1.key })
    }

    private static let lists: Set<String> = [
        "envs directories", "package cache", "user config files", "populated config files", "virtual packages",
        "channels",
    ]

    /// What is told, in micromamba's order; the versions are of the libraries inside krait.
    private static func rows(_ information: Information, _ tool: String) -> [(String, [String])] {
        let version = Dialect.micromamba.peerVersion
        return [
            ("libmamba version", [version]), ("\(tool) version", [version]),
            ("curl version", ["krait/\(information.version)"]),
            ("libarchive version", ["krait/\(information.version)"]),
            ("envs directories", information.environmentDirectories),
            ("package cache", information.packageDirectories),
            ("environment", [environment(information)]),
            ("env location", [information.target?.prefix ?? "-"]),
            ("user config files", information.home.map { ["\($0)/.mambarc"] } ?? []),
            ("populated config files", information.configurationFiles),
            ("virtual packages", information.virtualPackages.map { "\($0.name)=\($0.version)=\($0.build)" }),
            ("channels", information.channels),
            ("base environment", [information.rootPrefix ?? ""]),
            ("platform", [information.platform]),
        ]
    }

    private static func environment(_ information: Information) -> String {
        guard let target = information.target else { return "None" }
        let name = target.name ?? target.prefix
        switch target.state {
        case .active: return "\(name) (active)"
        case .standing: return name
        case .notEnvironment: return "\(name) (not env)"
        case .absent: return "\(name) (not found)"
        }
    }

    /// Base is the one that commands mean where none is active.
    @Sendable static func environments(_ environments: [EnvironmentList.Environment]) -> String {
        let isNoneActive = !environments.contains(where: \.isActive)
        let rows = byPath(environments).map { one in
            [one.name ?? "", one.isActive || isNoneActive && one.name == "base" ? "*" : "", one.prefix]
        }
        return MambaText.table(["Name", "Active", "Path"], rows)
    }

    @Sendable static func environmentsDocument(_ environments: [EnvironmentList.Environment]) -> JSON {
        .object([JSONMember("envs", .strings(byPath(environments).map(\.prefix))), MambaText.log])
    }

    private static func byPath(_ environments: [EnvironmentList.Environment]) -> [EnvironmentList.Environment] {
        environments.sorted {
            $0.prefix.split(separator: "/").lexicographicallyPrecedes($1.prefix.split(separator: "/"))
        }
    }
}
