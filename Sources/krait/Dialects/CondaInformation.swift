// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Engine

/// `info` and `env list` as conda prints them. What is python's there is told of the python in `base`.
enum CondaInformation {
    @Sendable static func text(_ information: Information) -> String {
        let width = 23
        var text = "\n"
        for (title, values) in rows(information) {
            text += String(repeating: " ", count: max(width - title.count, 0))
            text += "\(title) : \(values.first ?? "")\n"
            for value in values.dropFirst() { text += String(repeating: " ", count: width + 3) + value + "\n" }
        }
        return text + "\n"
    }

    private static func rows(_ information: Information) -> [(String, [String])] {
        var rows: [(String, [String])] = [("active environment", [active(information) ?? "None"])]
        if let prefix = information.activePrefix {
            rows += [("active env location", [prefix]), ("shell level", ["\(information.shellLevel ?? 1)"])]
        }
        let root = information.rootPrefix ?? ""
        let writable = information.isRootWritable ? "writable" : "read only"
        return rows + [
            ("user config file", [information.home.map { "\($0)/.condarc" } ?? "None"]),
            ("populated config files", information.configurationFiles),
            ("conda version", [Dialect.conda.peerVersion]), ("conda-build version", ["not installed"]),
            ("python version", [python(information)]), ("solver", ["krait"]),
            ("virtual packages", information.virtualPackages.map { "\($0.name)=\($0.version)=\($0.build)" }),
            ("base environment", ["\(root)  (\(writable))"]), ("conda av data dir", ["\(root)/etc/conda"]),
            ("conda av metadata url", ["None"]), ("channel URLs", information.channels),
            ("package cache", information.packageDirectories), ("notices cache", [notices(information)]),
            ("envs directories", information.environmentDirectories),
            ("temporary directory", [information.temporaryDirectory]), ("platform", [information.platform]),
            ("user-agent", [agent(information)]), ("UID:GID", ["\(information.user):\(information.group)"]),
            ("netrc file", ["None"]), ("offline mode", [information.isOffline ? "True" : "False"]),
        ]
    }

    @Sendable static func document(_ information: Information) -> JSON {
        let version = Dialect.conda.peerVersion
        let root = information.rootPrefix ?? ""
        let home = information.home ?? ""
        func text(_ value: String?) -> JSON { value.map { .string($0) } ?? .null }
        return .object([
            JSONMember("platform", .string(information.platform)), JSONMember("conda_version", .string(version)),
            JSONMember("conda_env_version", .string(version)), JSONMember("conda_build_version", "not installed"),
            JSONMember("root_prefix", .string(root)), JSONMember("conda_prefix", .string(root)),
            JSONMember("av_data_dir", .string("\(root)/etc/conda")), JSONMember("av_metadata_url_base", .null),
            JSONMember("root_writable", .bool(information.isRootWritable)),
            JSONMember("pkgs_dirs", .strings(information.packageDirectories)),
            JSONMember("envs_dirs", .strings(information.environmentDirectories)),
            JSONMember("default_prefix", .string(information.activePrefix ?? root)),
            JSONMember("active_prefix", text(information.activePrefix)),
            JSONMember("active_prefix_name", text(active(information))),
            JSONMember("conda_shlvl", .integer(Int64(information.shellLevel ?? -1))),
            JSONMember("channels", .strings(information.channels)),
            JSONMember("user_rc_path", .string("\(home)/.condarc")), JSONMember("rc_path", .string("\(home)/.condarc")),
            JSONMember("sys_rc_path", .string("\(root)/.condarc")), JSONMember("offline", .bool(information.isOffline)),
            JSONMember("envs", .strings(information.environments.map(\.prefix))),
            JSONMember("python_version", .string(python(information))), JSONMember("requests_version", "not installed"),
            JSONMember("user_agent", .string(agent(information))),
            JSONMember("conda_location", .string(information.executable)),
            JSONMember("config_files", .strings(information.configurationFiles)), JSONMember("netrc_file", .null),
            JSONMember(
                "virtual_pkgs",
                .array(information.virtualPackages.map { .strings([$0.name, $0.version, $0.build]) })),
            JSONMember(
                "solver",
                .object([
                    JSONMember("name", "krait"), JSONMember("user_agent", .string(agent(information))),
                    JSONMember("default", true),
                ])),
            JSONMember("tmp_dir", .string(information.temporaryDirectory)),
            JSONMember("notices_cache_dir", .string(notices(information))),
            JSONMember("UID", .integer(Int64(information.user))), JSONMember("GID", .integer(Int64(information.group))),
            JSONMember("sys.version", .string(python(information))), JSONMember("sys.prefix", .string(root)),
            JSONMember("sys.executable", .string(information.basePython == nil ? "" : "\(root)/bin/python")),
            JSONMember("site_dirs", .array([])),
            JSONMember(
                "env_vars",
                .object(information.variables.map { JSONMember($0.name, .string($0.value ?? "<not set>")) })),
            JSONMember("envs_details", details(information.environments)),
        ])
    }

    /// Where conda would keep the news of channels.
    private static func notices(_ information: Information) -> String {
        "\(information.home ?? "")/.cache/conda/notices"
    }

    private static func python(_ information: Information) -> String {
        information.basePython.map { "\($0).final.0" } ?? "not installed"
    }

    private static func agent(_ information: Information) -> String {
        "conda/\(Dialect.conda.peerVersion) krait/\(information.version)"
    }

    /// The name of the active environment, or its path.
    private static func active(_ information: Information) -> String? {
        information.activePrefix.map { prefix in
            information.environments.first { $0.prefix == prefix }?.name ?? prefix
        }
    }

    @Sendable static func environmentsDocument(_ environments: [EnvironmentList.Environment]) -> JSON {
        .object([
            JSONMember("envs", .strings(environments.map(\.prefix))),
            JSONMember("envs_details", details(environments)),
        ])
    }

    private static func details(_ environments: [EnvironmentList.Environment]) -> JSON {
        .object(
            environments.map { environment in
                let details = environment.details
                return JSONMember(
                    environment.prefix,
                    .object(
                        [
                            JSONMember("name", .string(environment.name ?? "")),
                            JSONMember("created", details.created.map { .string($0) } ?? .null),
                            JSONMember("last_modified", details.modified.map { .string($0) } ?? .null),
                            JSONMember("active", .bool(environment.isActive)),
                            JSONMember("base", .bool(environment.name == "base")),
                            JSONMember("frozen", .bool(details.isFrozen)),
                            JSONMember("writable", .bool(details.isWritable)),
                        ] + (environment.size.map { [JSONMember("size", .unsigned($0))] } ?? [])))
            })
    }

    /// The name stands at the very left, where scripts look for it.
    @Sendable static func environments(_ environments: [EnvironmentList.Environment]) -> String {
        var text = "\n# conda environments:\n#\n# * -> active\n# + -> frozen\n"
        for environment in environments {
            let name = environment.name ?? ""
            let marks = (environment.isActive ? "* " : "  ") + (environment.details.isFrozen ? "+" : " ")
            let padding = String(repeating: " ", count: max(21 - name.unicodeScalars.count, 1))
            let size = environment.size.map { size in
                let bytes = CondaPackages.bytes(size)
                return String(repeating: " ", count: max(10 - bytes.utf8.count, 0)) + bytes + " "
            }
            text += "\(name)\(padding)\(marks) \(size ?? "")\(environment.prefix)\n"
        }
        return text + "\n"
    }
}
