// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Engine

/// What was found in an environment, and done about it, for people and for programs.
enum DoctorText {
    /// Longer lists of files are cut for people; `--json` has them all.
    private static let limit = 20

    static func text(of diagnosis: Diagnosis) -> String {
        var text = "\(diagnosis.prefix): \(Units.count(diagnosis.packageCount, "package")), "
        text += "\(Units.count(diagnosis.pathCount, "path")) checked\n"
        if let recovered = diagnosis.recovered { text += "Recovered: \(recovered)\n" }
        if let interrupted = diagnosis.interrupted { text += "Interrupted: \(interrupted)\n" }
        text += list(
            "Damaged", diagnosis.damages.map { "\($0.path)  \(problem($0))  (\($0.package))" })
        text += list(
            "Unreadable records", diagnosis.unreadableRecords.map { "\($0.distribution)  \($0.reason)" })
        text += list(
            "Several records", diagnosis.duplicates.map { "\($0.installed), and \($0.stale.joined(separator: ", "))" })
        text += list(
            "Replaced by pip",
            diagnosis.replaced.map { "\($0.package)  by \($0.name) \($0.version)" })
        for entry in diagnosis.poisoned {
            text += list("Changed in the package cache too, in \(entry.directory)", entry.paths)
            for sharer in entry.sharers {
                text += "  shared with \(sharer): run `krait doctor --fix -p \(sharer)` as well\n"
            }
        }
        if !diagnosis.leftOut.isEmpty {
            let count = diagnosis.leftOut.reduce(0) { $0 + $1.paths.count }
            text += "Excluded with --exclude or --slim: \(Units.count(count, "file")) of "
            text += "\(Units.count(diagnosis.leftOut.count, "package"))\n"
        }
        text += strays(diagnosis)
        text += list("Left behind by killed processes", diagnosis.leftovers)
        if diagnosis.uncomparedCount > 0 {
            text += "Not compared, as the records have neither hash nor size: "
            text += "\(Units.count(diagnosis.uncomparedCount, "file"))\n"
        }
        if diagnosis.isWhole { text += "Every file matches its record.\n" }
        return text
    }

    private static func problem(_ damage: Diagnosis.Damage) -> String {
        switch damage.problem {
        case .missing: "missing"
        case .kind: "has the wrong file type"
        case .changed: "changed"
        case .prefix: "holds the path of another place"
        case .mode: "is not executable any more"
        case .unreadable: "unreadable: \(damage.reason ?? "")"
        }
    }

    private static func strays(_ diagnosis: Diagnosis) -> String {
        let pip = diagnosis.strays.filter { $0.origin == .pip }
        let compiled = diagnosis.strays.count { $0.origin == .compiled }
        var text = ""
        if !pip.isEmpty {
            let names = Set(pip.compactMap(\.distribution)).sorted()
            text +=
                "Installed by pip: \(Units.count(pip.count, "file")) of \(names.prefix(limit).joined(separator: ", "))\n"
        }
        if compiled > 0 { text += "Compiled by Python: \(Units.count(compiled, "file"))\n" }
        return text + list("Not owned by any package", diagnosis.strays.filter { $0.origin == .unknown }.map(\.path))
    }

    static func list(_ title: String, _ lines: [String]) -> String {
        guard !lines.isEmpty else { return "" }
        var text = "\(title): \(lines.count)\n" + lines.prefix(limit).map { "  \($0)\n" }.joined()
        if lines.count > limit { text += "  and \(lines.count - limit) more\n" }
        return text
    }

    static func text(of repair: Repair) -> String {
        var text = ""
        text += list("Removed from the package cache", repair.discarded)
        text += list("Linked again", repair.relinked.map(\.distribution))
        if repair.fetched > 0 { text += "Fetched again: \(Units.count(repair.fetched, "package"))\n" }
        return text + list("Removed", repair.removedLeftovers)
    }

    /// `{"success", "prefix", "problems": …}`; with a repair what it did, and what remains.
    static func json(of diagnosis: Diagnosis, repair: Repair?, remaining: Diagnosis?) -> JSON {
        var members: [JSONMember] = [
            JSONMember("success", .bool((remaining ?? diagnosis).isWhole)),
            JSONMember("prefix", .string(diagnosis.prefix)),
        ]
        members += self.members(of: diagnosis)
        if let repair {
            members.append(
                JSONMember(
                    "repair",
                    .object([
                        JSONMember("relinked", .strings(repair.relinked.map(\.distribution))),
                        JSONMember("fetched", .integer(Int64(repair.fetched))),
                        JSONMember("discarded", .strings(repair.discarded)),
                        JSONMember("removed", .strings(repair.removedLeftovers)),
                        JSONMember("warnings", .strings(repair.warnings)),
                    ])))
        }
        if let remaining { members.append(JSONMember("remaining", .object(self.members(of: remaining)))) }
        return .object(members)
    }

    private static func members(of diagnosis: Diagnosis) -> [JSONMember] {
        let damages = diagnosis.damages.map { damage in
            JSON.object(
                [
                    JSONMember("package", .string(damage.package)), JSONMember("path", .string(damage.path)),
                    JSONMember("problem", .string(damage.problem.rawValue)),
                ] + (damage.reason.map { [JSONMember("reason", .string($0))] } ?? []))
        }
        let poisoned = diagnosis.poisoned.map { entry in
            JSON.object([
                JSONMember("package", .string(entry.package)), JSONMember("directory", .string(entry.directory)),
                JSONMember("paths", .strings(entry.paths)), JSONMember("shared_with", .strings(entry.sharers)),
            ])
        }
        let strays = diagnosis.strays.map { stray in
            JSON.object(
                [JSONMember("path", .string(stray.path)), JSONMember("origin", .string(stray.origin.rawValue))]
                    + (stray.distribution.map { [JSONMember("distribution", .string($0))] } ?? []))
        }
        return [
            JSONMember("packages", .integer(Int64(diagnosis.packageCount))),
            JSONMember("paths", .integer(Int64(diagnosis.pathCount))),
            JSONMember("not_compared", .integer(Int64(diagnosis.uncomparedCount))),
            JSONMember("recovered", diagnosis.recovered.map { .string($0) } ?? .null),
            JSONMember("damaged", .array(damages)),
            JSONMember("interrupted", diagnosis.interrupted.map { .string($0) } ?? .null),
            JSONMember(
                "unreadable_records",
                .array(
                    diagnosis.unreadableRecords.map {
                        .object([
                            JSONMember("package", .string($0.distribution)), JSONMember("reason", .string($0.reason)),
                        ])
                    })),
            JSONMember(
                "duplicate_records",
                .array(
                    diagnosis.duplicates.map {
                        .object([
                            JSONMember("package", .string($0.package)), JSONMember("installed", .string($0.installed)),
                            JSONMember("stale", .strings($0.stale)),
                        ])
                    })),
            JSONMember(
                "replaced_by_pip",
                .array(
                    diagnosis.replaced.map {
                        .object([
                            JSONMember("package", .string($0.package)), JSONMember("name", .string($0.name)),
                            JSONMember("version", .string($0.version)),
                        ])
                    })),
            JSONMember("poisoned_cache", .array(poisoned)),
            JSONMember("left_out", .object(diagnosis.leftOut.map { JSONMember($0.package, .strings($0.paths)) })),
            JSONMember("strays", .array(strays)),
            JSONMember("leftovers", .strings(diagnosis.leftovers)),
        ]
    }
}
