// SPDX-License-Identifier: BSD-3-Clause
import Engine

/// What `clean` would remove, for people.
enum CleaningText {
    @Sendable static func text(_ found: CleanedCaches, isDry: Bool) -> String {
        var table = TextTable(rightAligned: [1])
        for kind in CleanedCaches.Kind.allCases {
            let items = found.items.filter { $0.kind == kind }
            for item in items { table.append([item.path, Units.bytes(item.bytes)]) }
        }
        return table.rendered() + "\(isDry ? "Would free" : "To be freed"): \(Units.bytes(found.bytes))\n"
    }
}
