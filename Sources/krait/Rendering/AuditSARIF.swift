// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Engine
import Locations

/// What was found as SARIF 2.1.0, which the sites that keep code show beside it.
enum AuditSARIF {
    /// - Parameter lock: the lock that was audited, by which results are placed; records of the environment without one.
    static func document(_ audit: Audit, lock: String?) -> JSON {
        let all = audit.findings + audit.ignored
        var rules: [JSON] = []
        var places: [String: Int] = [:]
        for finding in all where places[finding.id] == nil {
            places[finding.id] = rules.count
            rules.append(rule(finding))
        }
        let driver: JSON = [
            "name": "krait", "version": .string(ToolVersion.text), "rules": .array(rules),
        ]
        let isIgnored =
            [Bool](repeating: false, count: audit.findings.count)
            + [Bool](repeating: true, count: audit.ignored.count)
        let results = zip(all, isIgnored).map { result($0, places[$0.id] ?? 0, lock, isIgnored: $1) }
        return [
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
            "runs": [
                ["tool": ["driver": driver], "invocations": [invocation(audit)], "results": .array(results)]
            ],
        ]
    }

    /// What was not checked: one notification for each reason.
    private static func invocation(_ audit: Audit) -> JSON {
        let reasons = Dictionary(grouping: audit.unchecked, by: \.reason).sorted { $0.key < $1.key }
        let notes = reasons.map { reason, packages -> JSON in
            let names = packages.map(\.package.name).sorted().joined(separator: ", ")
            return [
                "level": reason == AuditedPackage.notPython ? "note" : "warning",
                "message": ["text": .string("not checked: \(names): \(reason)")],
            ]
        }
        return ["executionSuccessful": .bool(!audit.checkedNothing), "toolExecutionNotifications": .array(notes)]
    }

    private static func rule(_ finding: Audit.Finding) -> JSON {
        var properties: [JSONMember] = [JSONMember("tags", ["security"])]
        if let score = finding.score {
            properties.append(JSONMember("security-severity", .string("\(score / 10).\(score % 10)")))
        }
        let text = finding.summary.isEmpty ? finding.id : finding.summary
        return [
            "id": .string(finding.id), "shortDescription": ["text": .string(text)],
            "helpUri": .string(finding.url), "properties": .object(properties),
        ]
    }

    private static func result(_ finding: Audit.Finding, _ rule: Int, _ lock: String?, isIgnored: Bool) -> JSON {
        let place = lock ?? finding.package.distribution.map { "conda-meta/\($0).json" } ?? "conda-meta/history"
        let fixed = finding.fixed.isEmpty ? "no version fixes it" : "fixed in \(finding.fixed.joined(separator: ", "))"
        let text = "\(finding.package.name) \(finding.package.version): \(finding.id), \(fixed)"
        var members: [JSONMember] = [
            JSONMember("ruleId", .string(finding.id)), JSONMember("ruleIndex", .integer(Int64(rule))),
            JSONMember("level", .string(level(finding.severity))), JSONMember("message", ["text": .string(text)]),
            JSONMember(
                "locations",
                [
                    [
                        "physicalLocation": [
                            "artifactLocation": ["uri": .string(place.percentEncodedPath)], "region": ["startLine": 1],
                        ]
                    ]
                ]),
            JSONMember(
                "partialFingerprints",
                ["vulnerability/v1": .string("\(finding.ecosystem):\(finding.name):\(finding.id)")]),
        ]
        if isIgnored, let (reason, _) = finding.ignored {
            members.append(
                JSONMember("suppressions", [["kind": "external", "justification": .string(reason)]]))
        }
        return .object(members)
    }

    private static func level(_ severity: Severity?) -> String {
        switch severity {
        case .critical, .high: "error"
        case .low, .harmless: "note"
        default: "warning"
        }
    }
}
