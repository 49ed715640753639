// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Engine

/// What `clean` would remove.
enum CleaningText {
    @Sendable static func text(_ found: CleanedCaches, isDry: Bool) -> String {
        var table = TextTable(rightAligned: [1])
        for kind in CleanedCaches.Kind.allCases {
            let items = found.items.filter { $0.kind == kind }
            for item in items { table.append([item.path, Units.bytes(item.bytes)]) }
        }
        return table.rendered() + "\(isDry ? "Would free" : "To be freed"): \(Units.bytes(found.bytes))\n"
    }

    @Sendable static func document(
        _ found: CleanedCaches, _ asked: Set<CleanedCaches.Kind>, isDry: Bool
    ) -> JSON {
        .object([
            JSONMember("success", true), JSONMember("dry_run", .bool(isDry)),
            JSONMember(
                "removed",
                .array(
                    found.items.map {
                        .object([
                            JSONMember("kind", .string($0.kind.rawValue)), JSONMember("path", .string($0.path)),
                            JSONMember("bytes", .unsigned($0.bytes)),
                        ])
                    })),
            JSONMember("bytes", .unsigned(found.bytes)), JSONMember("notes", .strings(found.notes)),
        ])
    }
}
