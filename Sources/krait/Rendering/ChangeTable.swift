// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Engine
import Locations

/// The plan of a change as a table for people.
enum ChangeTable {
    /// Groups by what happens, then the sums.
    @Sendable static func text(of plan: ChangePlan, _ names: ChannelNames) -> String {
        var text = "\nEnvironment: \(plan.request.prefix)\n"
        if plan.replaces {
            text += "Replaces:    the environment that is there, with \(Units.count(plan.replacedCount, "package"))\n"
        }
        if !plan.channels.isEmpty { text += "Channels:    \(plan.channels.joined(separator: ", "))\n" }
        if plan.isForeign { text += "Platform:    \(plan.platform)\n" }
        text += "\n"
        let channels = ShortChannelNames(
            plan.links.flatMap { [$0.record] + ($0.replaced.map { [$0] } ?? []) }, names)
        for reason in ChangePlan.Reason.allCases {
            let links = plan.links.filter { $0.reason == reason }.sorted { $0.record.name < $1.record.name }
            guard !links.isEmpty else { continue }
            var table = TextTable(rightAligned: [4])
            for link in links { table.append(row(link, channels)) }
            text += "\(title(reason)):\n\(table.rendered())\n"
        }
        if !plan.removals.isEmpty {
            var table = TextTable()
            for record in plan.removals.sorted(by: { $0.name < $1.name }) {
                table.append(["-", record.name, record.version, record.build])
            }
            text += "Remove:\n\(table.rendered())\n"
        }
        if !plan.pipRequirements.isEmpty, !plan.isForeign {
            text += "With pip:\n" + plan.pipRequirements.map { "    \($0.maskingSecrets)\n" }.joined() + "\n"
        }
        return text + summary(of: plan) + "\n"
    }

    /// One line of sums.
    static func summary(of plan: ChangePlan) -> String {
        var parts: [String] = []
        for reason in ChangePlan.Reason.allCases {
            let count = plan.links.count { $0.reason == reason }
            if count > 0 { parts.append("\(title(reason)) \(count)") }
        }
        if !plan.removals.isEmpty { parts.append("Remove \(plan.removals.count)") }
        if plan.replaces { parts.insert("Replace the environment", at: 0) }
        if plan.pipRequirementCount > 0 { parts.append("pip \(plan.pipRequirementCount)") }
        if parts.isEmpty { parts.append(plan.isNew ? "An empty environment" : "Nothing to do") }
        let fetched = plan.links.count { !$0.isCached }
        if fetched > 0 {
            // Lists of URLs do not tell sizes.
            let size = plan.downloadSize > 0 ? ", \(Units.bytes(plan.downloadSize))" : ""
            parts.append("fetch \(Units.count(fetched, "package"))\(size)")
        } else if !plan.links.isEmpty {
            parts.append("all cached")
        }
        return parts.joined(separator: "; ")
    }

    /// One line for what each rule or glob of `--exclude` saved; nil when none was given.
    static func leftOutLine(_ savings: [LeftOutFiles.Saving]) -> String? {
        guard !savings.isEmpty else { return nil }
        let parts = savings.map { saving in
            saving.files == 0
                ? "\(saving.rule) (no file matches)"
                : "\(saving.rule) \(Units.count(saving.files, "file")), \(Units.bytes(saving.bytes))"
        }
        return "Left out: " + parts.joined(separator: "; ")
    }

    private static func row(_ link: ChangePlan.Link, _ channels: ShortChannelNames) -> [String] {
        let record = link.record
        let size = link.isCached ? "cached" : record.size.map(Units.bytes) ?? ""
        var channel = channels.name(record)
        var version = record.version
        var build = record.build
        if let old = link.replaced, link.reason != .reinstall {
            if old.version != record.version { version = "\(old.version) -> \(version)" }
            if old.build != record.build { build = "\(old.build) -> \(build)" }
            let former = channels.name(old)
            if !former.isEmpty, former != channel { channel = "\(former) -> \(channel)" }
        }
        return [sign(link.reason), record.name, version, build, size, channel]
    }

    private static func sign(_ reason: ChangePlan.Reason) -> String {
        switch reason {
        case .install: "+"
        case .upgrade, .downgrade, .change: "~"
        case .reinstall: "o"
        }
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
}
