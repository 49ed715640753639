// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Engine

/// What `env verify` found, for people and for programs.
enum InspectionText {
    static func text(_ inspection: EnvironmentInspection) -> String {
        var text = DoctorText.text(of: inspection.diagnosis)
        text += DoctorText.list(
            "Differ from pip's lists of files",
            inspection.pip.map { "\($0.path)  \($0.problem.rawValue)  (\($0.distribution))" })
        if let channels = inspection.channels {
            text += DoctorText.list(
                "Differ from their channels",
                channels.map { "\($0.distribution)  \(problem($0.problem))  \($0.channel)" })
            if channels.isEmpty { text += "Every hash matches its channel's.\n" }
        }
        if let drift = inspection.drift {
            if !drift.isEmpty { text += "Different from the lock:\n" + DifferenceText.text(drift) }
            if drift.isEmpty { text += "As in the lock: \(Units.count(drift.unchangedCount, "package"))\n" }
            if drift.unhashedCount > 0 {
                text += "Hash not compared, as the lock has none: \(Units.count(drift.unhashedCount, "package"))\n"
            }
        }
        text += "Origin: not checked, krait verifies no signatures"
        if inspection.attestedCount > 0 {
            text += "; channels say that \(Units.count(inspection.attestedCount, "package")) can be attested"
        }
        text += "\n"
        let failed = inspection.failed.map(\.rawValue).joined(separator: ", ")
        return text + (failed.isEmpty ? "" : "Wrong: \(failed)\n")
    }

    private static func problem(_ problem: ChannelMismatch.Problem) -> String {
        switch problem {
        case .hash: "another hash in"
        case .gone: "no longer in"
        case .unknown: "no hash to compare in"
        }
    }

    /// The members of `doctor` and of `env diff`, and `{"failed", "pip_damaged", "channel_mismatches"}`.
    static func json(_ inspection: EnvironmentInspection, from: String?, to: String) -> JSON {
        var members: [JSONMember] = [
            JSONMember("success", .bool(inspection.failed.isEmpty)),
            JSONMember("failed", .strings(inspection.failed.map(\.rawValue))),
        ]
        var rest = DoctorText.json(of: inspection.diagnosis, repair: nil, remaining: nil).object ?? []
        if let drift = inspection.drift, let from {
            rest += DifferenceText.json(drift, from: from, to: to).object ?? []
        }
        members += rest.filter { $0.key != "success" }
        if let drift = inspection.drift {
            members.append(JSONMember("hash_not_compared", .integer(Int64(drift.unhashedCount))))
        }
        let pip = inspection.pip.map { one -> JSON in
            [
                "distribution": .string(one.distribution), "path": .string(one.path),
                "problem": .string(one.problem.rawValue),
            ]
        }
        members.append(JSONMember("pip_damaged", .array(pip)))
        let channels = inspection.channels?.map { one -> JSON in
            [
                "package": .string(one.distribution), "channel": .string(one.channel),
                "problem": .string(one.problem.rawValue),
            ]
        }
        members.append(
            JSONMember("origin", ["checked": false, "attested": .integer(Int64(inspection.attestedCount))]))
        members.append(JSONMember("channel_mismatches", channels.map { .array($0) } ?? .null))
        return .object(members)
    }
}
