// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Engine
import Locations
import Platform

/// What `create`, `install`, `update`, `remove` and `clean` say in conda's words.
enum CondaChange {
    @Sendable static func plan(_ plan: ChangePlan, _ names: ChannelNames) -> String {
        var text = ""
        for channel in plan.channels { text += "Channel: \(channel)\n" }
        text += "Platform: \(plan.platform)\nTarget prefix: \(plan.request.prefix)\n"
        text += "\n## Package Plan ##\n\n  environment location: \(plan.request.prefix)\n\n"
        let isRemoval = plan.request.action == .remove
        let specs = isRemoval ? plan.removeSpecs : plan.updateSpecs
        if !specs.isEmpty {
            text += "  \(isRemoval ? "removed" : "added / updated") specs:\n"
            text += specs.map { "    - \($0)\n" }.joined() + "\n"
        }
        for reason in ChangePlan.Reason.allCases {
            let links = plan.links.filter { $0.reason == reason }.sorted { $0.record.name < $1.record.name }
            if links.isEmpty { continue }
            var table = TextTable()
            for link in links { table.append(row(link, names)) }
            text += "\nThe following \(title(reason)):\n\n\(table.rendered())\n"
        }
        if !plan.removals.isEmpty {
            var table = TextTable()
            for record in plan.removals.sorted(by: { $0.name < $1.name }) {
                table.append([record.name, "\(record.version)-\(record.build)"])
            }
            text += "\nThe following packages will be REMOVED:\n\n\(table.rendered())\n"
        }
        return text
    }

    @Sendable static func removal(_ packages: [PackageRecord], _ prefix: String) -> String {
        "\nRemove all packages in environment \(prefix):\n\n\n## Package Plan ##\n\n  environment location: \(prefix)\n\n"
            + "\nThe following packages will be REMOVED:\n\n" + packages.map { "  \($0.distribution)\n" }.joined()
            + "\n"
    }

    private static func row(_ link: ChangePlan.Link, _ names: ChannelNames) -> [String] {
        let record = link.record
        let new = "\(record.version)-\(record.build)"
        guard let old = link.replaced else {
            return [record.name, "\(names.name(of: record))/\(record.subdir)::\(record.distribution)"]
        }
        return [record.name, "\(old.version)-\(old.build) --> \(new)"]
    }

    private static func title(_ reason: ChangePlan.Reason) -> String {
        switch reason {
        case .install: "NEW packages will be INSTALLED"
        case .upgrade: "packages will be UPDATED"
        case .downgrade: "packages will be DOWNGRADED"
        case .change: "packages will be REVISED"
        case .reinstall: "packages will be REINSTALLED"
        }
    }

    @Sendable static func done(_ plan: ChangePlan) -> String {
        var text = "\nDownloading and Extracting Packages: ...working... done\n"
        for step in ["Preparing", "Verifying", "Executing"] { text += "\(step) transaction: ...working... done\n" }
        guard plan.isNew else { return text }
        let name = plan.request.prefix
        return text + "#\n# To activate this environment, use\n#\n#     $ conda activate \(name)\n#\n"
            + "# To deactivate an active environment, use\n#\n#     $ conda deactivate\n\n"
    }

    @Sendable static func document(_ plan: ChangePlan, _ report: ChangeReport?) -> JSON {
        if plan.isEmpty {
            return .object([
                JSONMember("success", true), JSONMember("message", "All requested packages already installed."),
            ])
        }
        let unlinked = plan.removals + plan.links.compactMap(\.replaced)
        var actions: [JSONMember] = [
            JSONMember("FETCH", .array(plan.links.filter { !$0.isCached }.map { fetched($0.record) })),
            JSONMember("PREFIX", .string(plan.request.prefix)),
        ]
        if !plan.links.isEmpty { actions.append(JSONMember("LINK", .array(plan.links.map(\.record.action)))) }
        if !unlinked.isEmpty { actions.append(JSONMember("UNLINK", .array(unlinked.map(\.action)))) }
        var members: [JSONMember] = [JSONMember("success", true)]
        if report == nil { members.append(JSONMember("dry_run", true)) }
        return .object(
            members + [
                JSONMember("actions", .object(actions)), JSONMember("prefix", .string(plan.request.prefix)),
            ])
    }

    /// Of what goes conda tells that much only.
    @Sendable static func removalDocument(_ packages: [PackageRecord], _ prefix: String, isDry: Bool) -> JSON {
        let actions: [JSONMember] = [
            JSONMember("FETCH", .array([])), JSONMember("PREFIX", .string(prefix)),
            JSONMember("UNLINK", .array(packages.map(CondaPackages.listed))),
        ]
        var members: [JSONMember] = [
            JSONMember("success", true), JSONMember("actions", .object(actions)), JSONMember("prefix", .string(prefix)),
        ]
        if isDry { members.append(JSONMember("dry_run", true)) }
        return .object(members)
    }

    /// An archive that is fetched.
    private static func fetched(_ record: PackageRecord) -> JSON {
        guard case .object(var members) = CondaPackages.whole(record) else { return .null }
        if record.otherKeys["legacy_bz2_size"] == nil { members.append(JSONMember("legacy_bz2_size", .null)) }
        return .object(members)
    }

    @Sendable static func cleaning(_ found: CleanedCaches, isDry: Bool) -> String {
        func line(_ kinds: [CleanedCaches.Kind], _ noun: String) -> String {
            let items = found.items.filter { kinds.contains($0.kind) }
            if items.isEmpty { return "There are no \(noun) to remove.\n" }
            return "Will remove \(items.count) (\(CondaPackages.bytes(items.map(\.bytes).saturatingSum))) \(noun).\n"
        }
        return line([.archives], "tarball(s)") + line([.indexes], "index cache(s)")
            + line([.packages, .compiled, .directories, .environments], "package(s)") + line([.trash], "tempfile(s)")
            + line([.locks], "logfile(s)")
    }

    /// What was asked for, each kind under conda's name for it.
    @Sendable static func cleaningDocument(
        _ found: CleanedCaches, _ asked: Set<CleanedCaches.Kind>, isDry: Bool
    ) -> JSON {
        func paths(_ kind: CleanedCaches.Kind) -> JSON {
            .strings(found.items.filter { $0.kind == kind }.map(\.path))
        }
        func sizes(_ kinds: [CleanedCaches.Kind]) -> JSON {
            let items = found.items.filter { kinds.contains($0.kind) }
            let directories = Dictionary(grouping: items) { Path.parent($0.path) }.sorted { $0.key < $1.key }
            return .object([
                JSONMember("warnings", .strings(found.notes)),
                JSONMember(
                    "pkg_sizes",
                    .object(
                        directories.map { directory, items in
                            JSONMember(
                                directory,
                                .object(items.map { JSONMember(Path.name($0.path), .unsigned($0.bytes)) }))
                        })),
                JSONMember(
                    "pkgs_dirs",
                    .object(
                        directories.map { directory, items in
                            JSONMember(directory, .strings(items.map { Path.name($0.path) }))
                        })),
                JSONMember("total_size", .unsigned(items.map(\.bytes).saturatingSum)),
            ])
        }
        var members: [JSONMember] = [JSONMember("success", true)]
        if asked.contains(.archives) { members.append(JSONMember("tarballs", sizes([.archives]))) }
        if asked.contains(.indexes) {
            members.append(JSONMember("index_cache", .object([JSONMember("files", paths(.indexes))])))
        }
        if asked.contains(.packages) || asked.contains(.environments) {
            members.append(JSONMember("packages", sizes([.packages, .compiled, .environments])))
        }
        if asked.contains(.trash) { members.append(JSONMember("tempfiles", paths(.trash))) }
        if asked.contains(.locks) { members.append(JSONMember("logfiles", paths(.locks))) }
        if asked.contains(.directories) { members.append(JSONMember("pkgs_dirs", paths(.directories))) }
        return .object(members)
    }
}
