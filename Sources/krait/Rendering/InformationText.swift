// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Engine

/// `info` for people and for programs.
enum InformationText {
    @Sendable static func text(_ information: Information) -> String {
        var table = TextTable()
        func row(_ title: String, _ values: [String]) {
            table.append([title, ":", values.first ?? "none"])
            for value in values.dropFirst() { table.append(["", "", value]) }
        }
        row("krait", [ToolVersion.full])
        row("platform", [information.platform])
        row("root prefix", information.rootPrefix.map { [$0] } ?? [])
        row("active environment", information.activePrefix.map { [$0] } ?? [])
        row("environments", information.environmentDirectories)
        row("package cache", information.packageDirectories)
        row("channels", information.channels)
        row("configuration", information.configurationFiles)
        row("virtual packages", information.virtualPackages.map(\.description))
        let roots = information.embeddedRoots
        row("embedded roots", ["\(roots.count) of \(roots.source), \(roots.date)", "sha256 \(roots.sha256)"])
        row(
            "libraries",
            information.libraries.map { library in
                "\(library.name) \(library.version)" + (library.patchLevel.map { " (Debian \($0))" } ?? "")
            })
        return table.rendered()
    }

    private static func json(of library: LinkedLibrary) -> JSON {
        .object([
            JSONMember("name", .string(library.name)),
            JSONMember("version", .string(library.version)),
            JSONMember("debian_revision", library.patchLevel.map { .string($0) } ?? .null),
        ])
    }

    @Sendable static func document(_ information: Information) -> JSON {
        .object([
            JSONMember("krait_version", .string(information.version)),
            JSONMember("krait_commit", information.commit.map { .string($0) } ?? .null),
            JSONMember("platform", .string(information.platform)),
            JSONMember("root_prefix", information.rootPrefix.map { .string($0) } ?? .null),
            JSONMember("active_prefix", information.activePrefix.map { .string($0) } ?? .null),
            JSONMember("envs_dirs", .strings(information.environmentDirectories)),
            JSONMember("pkgs_dirs", .strings(information.packageDirectories)),
            JSONMember("channels", .strings(information.channels)),
            JSONMember("config_files", .strings(information.configurationFiles)),
            JSONMember(
                "virtual_pkgs",
                .array(information.virtualPackages.map { .strings([$0.name, $0.version, $0.build]) })),
            JSONMember("home", information.home.map { .string($0) } ?? .null),
            JSONMember(
                "embedded_roots",
                .object([
                    JSONMember("count", .integer(Int64(information.embeddedRoots.count))),
                    JSONMember("source", .string(information.embeddedRoots.source)),
                    JSONMember("date", .string(information.embeddedRoots.date)),
                    JSONMember("sha256", .string(information.embeddedRoots.sha256)),
                ])),
            JSONMember("linked_libraries", .array(information.libraries.map(json(of:)))),
        ])
    }

    /// `info --system`.
    static func variables(_ information: Information) -> String {
        information.variables.map { "\($0.name): \($0.value ?? "<not set>")\n" }.joined()
    }

    /// `info --base --json`, by both peers' keys.
    @Sendable static func baseDocument(_ root: String) -> JSON {
        .object([JSONMember("root_prefix", .string(root)), JSONMember("base environment", .string(root))])
    }
}
