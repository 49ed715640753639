// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Engine
import Platform

/// What `create`, `install`, `update`, `remove` and `clean` say in micromamba's words.
enum MambaChange {
    @Sendable static func plan(_ plan: ChangePlan, _ names: ChannelNames) -> String {
        if isOfNothing(plan) { return "" }
        var text = head(plan)
        if !plan.updateSpecs.isEmpty { text += specs("Updating specs", plan.updateSpecs) }
        if !plan.removeSpecs.isEmpty { text += specs("Removing specs", plan.removeSpecs) }
        var groups: [(title: String, rows: [[String]])] = []
        for reason in ChangePlan.Reason.allCases {
            let links = plan.links.filter { $0.reason == reason }.sorted { $0.record.name < $1.record.name }
            if links.isEmpty { continue }
            groups.append((title(reason), links.flatMap { row($0, names) }))
        }
        if !plan.removals.isEmpty {
            groups.append(("Remove", plan.removals.sorted { $0.name < $1.name }.map { row("-", $0, "Cached", names) }))
        }
        return text + table(groups) + summary(plan, groups.map { ($0.title, count($0.rows)) })
    }

    @Sendable static func removal(_ packages: [PackageRecord], _ prefix: String, _ names: ChannelNames) -> String {
        let rows = packages.map { row("-", $0, "Cached", names) }
        return "\nTransaction\n\n  Prefix: \(prefix)\n\n" + specs("Removing specs", packages.map(\.name))
            + table([("Remove", rows)]) + "  Summary:\n\n  Remove: \(rows.count) packages\n\n"
    }

    private static func head(_ plan: ChangePlan) -> String { "\nTransaction\n\n  Prefix: \(plan.request.prefix)\n\n" }

    private static func specs(_ title: String, _ specs: [String]) -> String {
        "  \(title):\n\n" + specs.map { "   - \($0)\n" }.joined() + "\n"
    }

    /// One line for what comes, two where it takes the place of something.
    private static func row(_ link: ChangePlan.Link, _ names: ChannelNames) -> [[String]] {
        let size = link.isCached ? "Cached" : link.record.size.map(Units.bytes) ?? ""
        guard let old = link.replaced, link.reason != .reinstall else {
            return [row(link.reason == .reinstall ? "o" : "+", link.record, size, names)]
        }
        return [row("-", old, "Cached", names), row("+", link.record, size, names)]
    }

    private static func row(
        _ sign: String, _ record: PackageRecord, _ size: String, _ names: ChannelNames
    ) -> [String] {
        ["\(sign) \(record.name)", record.version, record.build, names.name(of: record), size]
    }

    private static func count(_ rows: [[String]]) -> Int {
        let came = rows.count { $0[0].hasPrefix("+") || $0[0].hasPrefix("o") }
        return came == 0 ? rows.count : came
    }

    private static func table(_ groups: [(title: String, rows: [[String]])]) -> String {
        var text = ""
        let all = MambaText.table(["Package", "Version", "Build", "Channel", "Size"], groups.flatMap(\.rows))
        let lines = all.split(separator: "\n")
        guard lines.count > 2 else { return text }
        text += "\n\(lines[0])\n\(lines[1])\n"
        var index = 2
        for group in groups {
            text += "  \(group.title):\n\(lines[1])\n\n"
            text += lines[index..<(index + group.rows.count)].map { "\($0)\n" }.joined() + "\n"
            index += group.rows.count
        }
        return text
    }

    private static func summary(_ plan: ChangePlan, _ counts: [(String, Int)]) -> String {
        var text = "  Summary:\n\n"
        for (title, count) in counts { text += "  \(title): \(count) packages\n" }
        if plan.pipRequirementCount > 0 { text += "  pip: \(plan.pipRequirementCount) packages\n" }
        return text + "\n  Total download: \(Units.bytes(plan.downloadSize))\n\n"
    }

    private static func title(_ reason: ChangePlan.Reason) -> String {
        switch reason {
        case .install: "Install"
        case .upgrade: "Upgrade"
        case .downgrade: "Downgrade"
        case .change: "Change"
        case .reinstall: "Reinstall"
        }
    }

    /// A new environment without anything in it.
    private static func isOfNothing(_ plan: ChangePlan) -> Bool {
        plan.isNew && plan.links.isEmpty && plan.removals.isEmpty && plan.pipRequirementCount == 0
    }

    @Sendable static func done(_ plan: ChangePlan) -> String {
        if isOfNothing(plan) { return "Empty environment created at prefix: \(plan.request.prefix)\n" }
        let gone = (plan.removals + plan.links.compactMap(\.replaced)).map { "Unlinking \($0.distribution)\n" }
        let came = plan.links.map { "Linking \($0.record.distribution)\n" }
        return "\nTransaction starting\n" + gone.joined() + came.joined() + "\nTransaction finished\n"
    }

    @Sendable static func nothing(_ plan: ChangePlan) -> String {
        head(plan) + "  All requested packages already installed\n\n\nTransaction starting\n\nTransaction finished\n"
    }

    @Sendable static func document(_ plan: ChangePlan, _ report: ChangeReport?, _ names: ChannelNames) -> JSON {
        let unlinked = plan.removals + plan.links.compactMap(\.replaced)
        var actions: [JSONMember] = []
        func add(_ key: String, _ records: [PackageRecord]) {
            if !records.isEmpty { actions.append(JSONMember(key, .array(records.map { MambaText.record($0, names) }))) }
        }
        add("FETCH", plan.links.filter { !$0.isCached }.map(\.record))
        add("LINK", plan.links.map(\.record))
        actions.append(JSONMember("PREFIX", .string(plan.request.prefix)))
        add("UNLINK", unlinked)
        var members: [JSONMember] = plan.isEmpty ? [] : [JSONMember("actions", .object(actions))]
        members += [JSONMember("dry_run", .bool(report == nil && !plan.isEmpty)), MambaText.log]
        if plan.isEmpty { members.append(JSONMember("message", "All requested packages already installed")) }
        return .object(
            members + [JSONMember("prefix", .string(plan.request.prefix)), JSONMember("success", true)])
    }

    @Sendable static func removalDocument(
        _ packages: [PackageRecord], _ prefix: String, isDry: Bool, _ names: ChannelNames
    ) -> JSON {
        let actions: [JSONMember] = [
            JSONMember("PREFIX", .string(prefix)),
            JSONMember("UNLINK", .array(packages.map { MambaText.record($0, names) })),
        ]
        return .object([
            JSONMember("actions", .object(actions)), JSONMember("dry_run", .bool(isDry)), MambaText.log,
            JSONMember("prefix", .string(prefix)), JSONMember("success", true),
        ])
    }

    @Sendable static func cleaning(_ found: CleanedCaches, isDry: Bool) -> String {
        var text = "Collect information..\n"
        for (title, kinds) in [
            ("Package file", [CleanedCaches.Kind.archives, .indexes, .locks, .trash]),
            ("Package folder", [.packages, .compiled, .directories, .environments]),
        ] {
            let items = found.items.filter { kinds.contains($0.kind) }
            if items.isEmpty { continue }
            let sum = items.map(\.bytes).saturatingSum
            text += MambaText.table([title, "Size"], items.map { [$0.path, Units.bytes($0.bytes)] })
            text += "\n  Total size: \(Units.bytes(sum))\n"
        }
        return text
    }
}
