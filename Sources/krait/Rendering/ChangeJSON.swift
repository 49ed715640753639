// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Engine
import Locations

/// A change as one JSON document, in conda's shape (Rules §22).
enum ChangeJSON {
    /// What will be done, and what was done when there is a report.
    @Sendable static func document(_ plan: ChangePlan, _ report: ChangeReport?) -> JSON {
        let unlinked = plan.removals + plan.links.compactMap(\.replaced)
        var actions: [JSONMember] = [JSONMember("PREFIX", .string(plan.request.prefix))]
        actions.append(JSONMember("FETCH", .array(plan.links.filter { !$0.isCached }.map(\.record.action))))
        actions.append(JSONMember("LINK", .array(plan.links.map(\.record.action))))
        actions.append(JSONMember("UNLINK", .array(unlinked.map(\.action))))
        var members: [JSONMember] = [
            JSONMember("success", true),
            JSONMember("prefix", .string(plan.request.prefix)),
            JSONMember("dry_run", .bool(report == nil)),
            JSONMember("channels", .strings(plan.channels)),
            JSONMember("actions", .object(actions)),
        ]
        if !plan.pipRequirements.isEmpty {
            members.append(JSONMember("pip", .strings(plan.pipRequirements.map(\.maskingSecrets))))
        }
        if plan.isEmpty { members.append(JSONMember("message", "All requested packages already installed")) }
        guard let report else {
            members.append(JSONMember("warnings", .strings(plan.warnings)))
            return .object(members)
        }
        members.append(JSONMember("fetched", .integer(Int64(report.fetched))))
        members.append(
            JSONMember(
                "clobbers",
                .array(
                    report.clobbers.map {
                        .object([
                            JSONMember("path", .string($0.path)), JSONMember("winner", .string($0.winner)),
                            JSONMember("loser", .string($0.loser)),
                        ])
                    })))
        members.append(JSONMember("link_scripts", .strings(report.scripts)))
        if !report.leftOut.isEmpty { members.append(JSONMember("left_out", leftOut(report.leftOut))) }
        if !report.messages.isEmpty { members.append(JSONMember("messages", .string(report.messages))) }
        members.append(JSONMember("warnings", .strings(plan.warnings + report.warnings)))
        return .object(members)
    }

    /// The removal of a whole environment.
    @Sendable static func removal(_ packages: [PackageRecord], _ prefix: String, isDry: Bool) -> JSON {
        var members: [JSONMember] = [JSONMember("success", true)]
        if isDry { members.append(JSONMember("dry_run", true)) }
        return .object(members + [JSONMember("prefix", .string(prefix))])
    }

    /// What each rule or glob of `--exclude` saved.
    static func leftOut(_ savings: [LeftOutFiles.Saving]) -> JSON {
        .array(
            savings.map {
                .object([
                    JSONMember("rule", .string($0.rule)), JSONMember("files", .integer(Int64($0.files))),
                    JSONMember("size", .integer(Int64(clamping: $0.bytes))),
                ])
            })
    }
}
