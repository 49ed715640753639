// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Engine

/// The revisions of an environment in conda's text and document, to which krait adds what else it knows.
struct RevisionText {
    let isCondas: Bool

    /// `DATE  (rev N)`, then what changed, what went and what came.
    func text(_ revision: RevisionList.Revision) -> String {
        var text = "\(revision.date)  (rev \(revision.number))\n"
        for (from, to) in revision.changed {
            text += "     \(to.name)  {\(version(from)) -> \(version(to))}\n"
        }
        for package in revision.removed { text += "    -\(package.name)-\(version(package))\n" }
        for package in revision.installed { text += "    +\(package.name)-\(version(package))\n" }
        return text + "\n"
    }

    /// `1.0 (channel/subdir)`, with the build where that is what changed.
    private func version(_ package: RevisionList.Package) -> String {
        let parts = package.place.split(separator: "/").suffix(2).joined(separator: "/")
        let place = isCondas ? package.place : parts
        return (isCondas ? package.version : "\(package.version)-\(package.build)")
            + (place.isEmpty || place == "defaults" ? "" : " (\(place))")
    }

    /// `{"date", "rev", "command", "install", "remove", "upgrade", "downgrade"}`; conda has channels at the end.
    func json(_ revision: RevisionList.Revision) -> JSON {
        func text(_ package: RevisionList.Package) -> String {
            let distribution = "\(package.name)-\(package.version)-\(package.build)"
            if isCondas { return "\(distribution)-\(package.place)" }
            return "\(package.place.isEmpty ? "" : package.place + "::")\(distribution)"
        }
        func change(_ change: (from: RevisionList.Package, to: RevisionList.Package)) -> JSON {
            .object([JSONMember("old", .string(text(change.from))), JSONMember("new", .string(text(change.to)))])
        }
        let upgrades = revision.changed.filter(RevisionList.Revision.isUpgrade)
        let downgrades = revision.changed.filter { !RevisionList.Revision.isUpgrade($0) }
        return .object([
            JSONMember("date", .string(revision.date)), JSONMember("rev", .integer(Int64(revision.number))),
            JSONMember("command", .string(revision.command)),
            JSONMember("install", .strings(revision.installed.map(text))),
            JSONMember("remove", .strings(revision.removed.map(text))),
            JSONMember("upgrade", .array(upgrades.map(change))),
            JSONMember("downgrade", .array(downgrades.map(change))),
        ])
    }
}
