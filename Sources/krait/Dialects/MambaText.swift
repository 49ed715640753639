// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Locations

/// What micromamba's tables and documents have in common.
enum MambaText {
    /// Every document has the log of the run; what krait logs is on stderr.
    static let log = JSONMember("log_history", .array([]))

    /// Settings by micromamba's names.
    static func settings(_ members: [JSONMember]) -> [JSONMember] {
        members.filter { $0.key != "json" }.map { JSONMember(settingName($0.key), $0.value) }
    }

    @Sendable static func settingName(_ name: String) -> String { name == "subdir" ? "platform" : name }

    /// A rule as wide as a table.
    static func rule(_ width: Int) -> String { String(repeating: "─", count: width) }

    /// A table with a rule below its head; cells stand two spaces apart and from the edge.
    static func table(_ head: [String], _ rows: [[String]], indent: Int = 2, gap: Int = 2) -> String {
        var widths = head.map(\.unicodeScalars.count)
        for row in rows {
            for (column, cell) in row.enumerated() { widths[column] = max(widths[column], cell.unicodeScalars.count) }
        }
        func line(_ cells: [String]) -> String {
            let padded = zip(cells, widths).map { cell, width in
                cell + String(repeating: " ", count: width - cell.unicodeScalars.count)
            }
            return String(repeating: " ", count: indent) + padded.joined(separator: String(repeating: " ", count: gap))
        }
        let width = widths.reduce(0, +) + gap * (widths.count - 1) + 2 * indent
        return ([line(head), rule(width)] + rows.map(line)).joined(separator: "\n") + "\n"
    }

    /// The record of a package in `FETCH`, `LINK`, `UNLINK` and the answers of queries: always whole.
    static func record(_ record: PackageRecord, _ names: ChannelNames) -> JSON {
        var members: [JSONMember] = [
            JSONMember("build", .string(record.build)), JSONMember("build_number", .unsigned(record.buildNumber)),
            JSONMember("build_string", .string(record.build)), JSONMember("channel", .string(names.name(of: record))),
            JSONMember("constrains", .strings(record.constrains)), JSONMember("depends", .strings(record.depends)),
            JSONMember("fn", .string(record.fileName)), JSONMember("license", .string(record.license ?? "")),
        ]
        if let groups = record.otherKeys[PackageRecord.extraDependsKey] {
            members.append(JSONMember(PackageRecord.extraDependsKey, groups))
        }
        if !record.flags.isEmpty { members.append(JSONMember("flags", .strings(record.flags))) }
        if let md5 = record.md5 { members.append(JSONMember("md5", .string(md5.hex))) }
        members.append(JSONMember("name", .string(record.name)))
        if let noarch = record.noarch.text { members.append(JSONMember("noarch", .string(noarch))) }
        if let path = record.pythonSitePackagesPath {
            members.append(JSONMember("python_site_packages_path", .string(path)))
        }
        if let sha256 = record.sha256 { members.append(JSONMember("sha256", .string(sha256.hex))) }
        return .object(
            members + [
                JSONMember("size", .unsigned(record.size ?? 0)), JSONMember("subdir", .string(record.subdir)),
                JSONMember("timestamp", .unsigned(seconds(record.timestamp ?? 0))),
                JSONMember("track_features", .string(record.trackFeatures.joined(separator: ","))),
                JSONMember("url", .string(record.url.separatingCredentials.plain)),
                JSONMember("version", .string(record.version)),
            ])
    }

    /// Channels write milliseconds; small numbers are seconds already.
    private static func seconds(_ timestamp: UInt64) -> UInt64 {
        timestamp > 253_402_300_799 ? timestamp / 1000 : timestamp
    }
}
