// SPDX-License-Identifier: BSD-3-Clause
import Activation
import Codecs
import Engine
import Locations

/// What was found, for people and for programs.
enum AuditText {
    static func text(of audit: Audit, isVerbose: Bool) -> String {
        var text = ""
        if !audit.findings.isEmpty {
            var table = TextTable()
            for finding in audit.findings {
                table.append([
                    finding.package.name, finding.package.version, finding.severity?.name ?? "unknown", finding.id,
                    finding.fixed.isEmpty ? "no fix" : "fixed in \(finding.fixed.joined(separator: ", "))",
                    finding.summary,
                ])
            }
            let packages = Set(audit.findings.map(\.package.name)).count
            let count = audit.findings.count
            text += "\(count) known \(count == 1 ? "vulnerability" : "vulnerabilities") in "
            text += "\(Units.count(packages, "package")):\n\(table.rendered())"
        }
        if !audit.ignored.isEmpty {
            text += "Ignored: \(audit.ignored.count)\n"
            for finding in audit.ignored {
                let (reason, expires) = finding.ignored ?? ("", "")
                text += "  \(finding.package.name)  \(finding.id)  until \(expires): \(reason)\n"
            }
        }
        let count = audit.checkedCount
        let checked = audit.checkedNothing ? "nothing" : Units.count(count, "package")
        text +=
            "Checked: \(checked)\(audit.findings.isEmpty && !audit.checkedNothing ? ", no vulnerabilities are known" : "")\n"
        if !audit.unchecked.isEmpty {
            let names = Set(audit.unchecked.map { "\($0.package.manager) \($0.package.name)" })
            text += "Not checked: \(Units.count(names.count, "package"))\n"
            let reasons = Dictionary(grouping: audit.unchecked, by: \.reason)
            for (reason, packages) in reasons.sorted(by: { $0.key < $1.key }) {
                text += "  \(reason): \(packages.map(\.package.name).sorted().joined(separator: ", "))\n"
            }
        }
        return text
    }

    /// What helps where nothing could be checked.
    static func hint(_ audit: Audit, _ lock: ChangeRequest?, platform: String?) -> String {
        let reasons = Set(audit.unchecked.map(\.reason))
        let help: String
        if let lock, reasons.contains(AuditedPackage.notCached) {
            var line = "krait cache pull \(word(lock.files.first ?? ""))"
            if let platform { line += " --platform \(word(platform))" }
            for category in lock.categories { line += " --category \(word(category))" }
            if let environment = lock.lockEnvironment { line += " --environment \(word(environment))" }
            help = "fill the package cache with `\(line)`"
        } else if let reason = reasons.sorted().first(where: { $0.hasPrefix(AuditedPackage.foreign) }) {
            help = "give a --database that has advisories of \(reason.dropFirst(AuditedPackage.foreign.utf8.count))"
        } else if reasons == [AuditedPackage.notPython] {
            help = "say with --mapping what their URLs stand for"
        } else {
            help = "the reasons are listed"
        }
        return "nothing was checked; \(help)"
    }

    static func text(of fix: AuditFix, plan: (ChangePlan) -> String) -> String {
        var text = ""
        if let change = fix.plan {
            text += "Proposed: \(line(installing: fix.specs, change.request))\n" + plan(change)
        }
        if !fix.pip.isEmpty {
            let words = fix.pipCommand.map(word) + fix.pip.map { "'\($0)'" }
            text += "Proposed: \(words.joined(separator: " "))\n"
        }
        for one in fix.impossible { text += "No fix for \(one.package): \(one.reason)\n" }
        return text
    }

    /// The command that does what was planned, to be typed as it stands.
    private static func line(installing specs: [String], _ request: ChangeRequest) -> String {
        var line = "krait install -p \(word(request.prefix))"
        if request.freezeInstalled { line += " --freeze-installed" }
        for channel in request.channels { line += " -c \(word(channel.maskingSecrets))" }
        if request.overrideChannels { line += " --override-channels" }
        return line + specs.map { " '\($0)'" }.joined()
    }

    /// A word of the shell, in quotes if it needs them.
    private static func word(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            (byte | 0x20) &- 0x61 < 26 || (0x2b...0x3a).contains(byte) || byte == UInt8(ascii: "_")
        }
        return isPlain && !text.isEmpty ? text : Shell.posix.quoted(text)
    }

    /// `{"success", "findings", "ignored", "not_checked", …}`
    static func json(
        _ audit: Audit, _ fix: AuditFix?, fails: Bool, _ warnings: [String], plan: (ChangePlan) -> JSON
    ) -> JSON {
        var members: [JSONMember] = [
            JSONMember("success", .bool(!fails)), JSONMember("findings", .array(audit.findings.map(json))),
            JSONMember("ignored", .array(audit.ignored.map(json))),
            JSONMember("checked", .integer(Int64(audit.checkedCount))),
            JSONMember(
                "not_checked",
                .array(
                    audit.unchecked.map {
                        [
                            "package": .string($0.package.name), "version": .string($0.package.version),
                            "reason": .string($0.reason),
                        ]
                    })),
            JSONMember("warnings", .strings(warnings)),
        ]
        if let fix {
            let impossible = fix.impossible.map { one -> JSON in
                ["package": .string(one.package), "reason": .string(one.reason)]
            }
            members.append(
                JSONMember(
                    "fix",
                    [
                        "specs": .strings(fix.specs), "plan": fix.plan.map(plan) ?? .null,
                        "pip": .strings(fix.pip), "impossible": .array(impossible),
                    ]))
        }
        return .object(members)
    }

    private static func json(_ finding: Audit.Finding) -> JSON {
        var members: [JSONMember] = [
            JSONMember("package", .string(finding.package.name)),
            JSONMember("installed", .string(finding.package.version)),
            JSONMember("manager", .string(finding.package.manager)),
            JSONMember("ecosystem", .string(finding.ecosystem)), JSONMember("name", .string(finding.name)),
            JSONMember("version", .string(finding.version)), JSONMember("id", .string(finding.id)),
            JSONMember("aliases", .strings(finding.aliases)),
            JSONMember("severity", finding.severity.map { .string($0.name) } ?? .null),
            JSONMember("score", finding.score.map { .number("\($0 / 10).\($0 % 10)") } ?? .null),
            JSONMember("fixed", .strings(finding.fixed)), JSONMember("summary", .string(finding.summary)),
            JSONMember("url", .string(finding.url)),
        ]
        if let (reason, expires) = finding.ignored {
            members.append(JSONMember("ignored", ["reason": .string(reason), "expires": .string(expires)]))
        }
        return .object(members)
    }
}
