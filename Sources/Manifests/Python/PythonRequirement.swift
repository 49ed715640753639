// SPDX-License-Identifier: BSD-3-Clause

/// One requirement of python packaging (PEP 508): `requests[socks]>=2.8; python_version < "3.9"`, `name @ URL`.
package struct PythonRequirement: Sendable, Hashable {
    /// As written.
    package var name: String
    package var extras: [String] = []
    package var specifiers: PythonVersionSpecifiers
    package var url: String?
    package var marker: PythonMarker?

    /// The name in its one spelling (PEP 503).
    package var normalizedName: String { PythonPackageName.normalized(name) }

    /// Reads a requirement; nil when it is none.
    package init?(_ text: String) {
        var cursor = ByteCursor(text)
        cursor.skipSpace()
        name = cursor.takeWhile { ByteCursor.isWord($0) || PythonPackageName.isPunctuation($0) }
        guard PythonPackageName.isValid(name), let extras = Self.extras(&cursor) else { return nil }
        self.extras = extras
        cursor.skipSpace()
        var specifierText = ""
        if cursor.take("@") {
            cursor.skipSpace()
            let location = cursor.takeWhile { $0 != 0x20 && $0 != 0x09 }
            guard !location.isEmpty else { return nil }
            url = location
        } else if cursor.take("(") {
            specifierText = cursor.takeWhile { $0 != UInt8(ascii: ")") }
            guard cursor.take(")") else { return nil }
        } else {
            specifierText = cursor.takeWhile { $0 != UInt8(ascii: ";") }
        }
        guard let specifiers = PythonVersionSpecifiers(specifierText) else { return nil }
        self.specifiers = specifiers
        cursor.skipSpace()
        if cursor.take(";") {
            guard let marker = PythonMarker(cursor.rest) else { return nil }
            self.marker = marker
        } else if !cursor.isAtEnd {
            return nil
        }
    }

    private static func extras(_ cursor: inout ByteCursor) -> [String]? {
        cursor.skipSpace()
        guard cursor.take("[") else { return [] }
        var extras: [String] = []
        while true {
            cursor.skipSpace()
            let extra = cursor.takeWhile { ByteCursor.isWord($0) || PythonPackageName.isPunctuation($0) }
            if extra.isEmpty { return extras.isEmpty && cursor.take("]") ? [] : nil }
            guard PythonPackageName.isValid(extra) else { return nil }
            extras.append(extra)
            cursor.skipSpace()
            if cursor.take("]") { return extras }
            guard cursor.take(",") else { return nil }
        }
    }
}
