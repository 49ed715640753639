// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Failures
import Manifests

/// Vulnerabilities that somebody has looked at and accepts for a time: entries of `ignore:` with `id`, `reason`,
/// `expires` (a date, the first day on which it counts again) and, if it is for one package only, `package`.
struct IgnoredAdvisories {
    struct Entry {
        let id: String
        let reason: String
        let expires: String
        let package: String?
        let isExpired: Bool
    }

    private(set) var entries: [Entry] = []

    init() {}

    /// - Throws: `Failure(.parse)` with the place of what is wrong: none is taken without a reason and a date.
    init(_ bytes: [UInt8], subject: String, nowSeconds: Int64) throws(Failure) {
        let root = AuditEntry(node: try YAML.parse(bytes, subject: subject), subject: subject)
        for entry in try root.entries("ignore", ["id", "reason", "expires", "package"]) {
            let expires = try entry.required("expires")
            // An age would begin anew with every run.
            guard expires.utf8.first.map({ $0 &- 0x30 < 10 }) == true, expires.utf8.contains(UInt8(ascii: "-")) else {
                throw Failure(
                    .parse, "\(subject):\(entry.node.line):\(entry.node.column)", "`expires: \(expires)` is not a date",
                    hint: "write 2026-01-31")
            }
            let moment = try Moment(expires, nowSeconds: nowSeconds)
            let reason = try entry.required("reason")
            guard !reason.utf8.allSatisfy({ $0 <= 0x20 }) else { throw entry.failure("`reason` is blank") }
            entries.append(
                Entry(
                    id: try entry.required("id"), reason: reason, expires: expires,
                    package: try entry.optional("package").map(PythonPackageName.normalized),
                    isExpired: moment.milliseconds <= UInt64(max(0, nowSeconds)) * 1000))
        }
    }

    /// The places of the entries that speak of one of `ids` in `package`, those that still count before others.
    func entries(for ids: [String], package: String) -> [Int] {
        let found = entries.indices.filter { index in
            ids.contains(entries[index].id)
                && entries[index].package.map { $0 == PythonPackageName.normalized(package) } ?? true
        }
        return found.filter { !entries[$0].isExpired } + found.filter { entries[$0].isExpired }
    }
}
