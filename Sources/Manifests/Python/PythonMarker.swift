// SPDX-License-Identifier: BSD-3-Clause

/// When a python requirement counts: `python_version < "3.9" and sys_platform == "linux"` (PEP 508).
package indirect enum PythonMarker: Sendable, Hashable {
    case comparison(Value, String, Value)
    case all([PythonMarker])
    case either([PythonMarker])

    /// One side of a comparison.
    package enum Value: Sendable, Hashable {
        case variable(String)
        case text(String)
    }

    /// Reads a marker; nil when it is none.
    package init?(_ text: String) {
        var cursor = ByteCursor(text)
        guard let marker = Self.either(&cursor, depth: 0) else { return nil }
        cursor.skipSpace()
        guard cursor.isAtEnd else { return nil }
        self = marker
    }

    /// The names that PEP 508 gives to variables, old spellings with their new ones.
    static let variables: [String: String] = [
        "os_name": "os_name", "sys_platform": "sys_platform", "platform_machine": "platform_machine",
        "platform_python_implementation": "platform_python_implementation", "platform_release": "platform_release",
        "platform_system": "platform_system", "platform_version": "platform_version",
        "python_version": "python_version",
        "python_full_version": "python_full_version", "implementation_name": "implementation_name",
        "implementation_version": "implementation_version", "extra": "extra", "os.name": "os_name",
        "sys.platform": "sys_platform", "platform.version": "platform_version", "platform.machine": "platform_machine",
        "platform.python_implementation": "platform_python_implementation",
        "python_implementation": "platform_python_implementation",
    ]

    private static func either(_ cursor: inout ByteCursor, depth: Int) -> PythonMarker? {
        guard depth < 50, let first = all(&cursor, depth: depth) else { return nil }
        var parts = [first]
        cursor.skipSpace()
        while cursor.takeWord("or") {
            guard let part = all(&cursor, depth: depth) else { return nil }
            parts.append(part)
            cursor.skipSpace()
        }
        return parts.count == 1 ? first : .either(parts)
    }

    private static func all(_ cursor: inout ByteCursor, depth: Int) -> PythonMarker? {
        guard let first = atom(&cursor, depth: depth) else { return nil }
        var parts = [first]
        cursor.skipSpace()
        while cursor.takeWord("and") {
            guard let part = atom(&cursor, depth: depth) else { return nil }
            parts.append(part)
            cursor.skipSpace()
        }
        return parts.count == 1 ? first : .all(parts)
    }

    private static func atom(_ cursor: inout ByteCursor, depth: Int) -> PythonMarker? {
        cursor.skipSpace()
        if cursor.take("(") {
            guard let marker = either(&cursor, depth: depth + 1) else { return nil }
            cursor.skipSpace()
            return cursor.take(")") ? marker : nil
        }
        guard let left = value(&cursor), let comparison = comparison(&cursor), let right = value(&cursor) else {
            return nil
        }
        return .comparison(left, comparison, right)
    }

    private static func value(_ cursor: inout ByteCursor) -> Value? {
        cursor.skipSpace()
        guard let quote = cursor.next else { return nil }
        if quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") {
            cursor.index += 1
            let text = cursor.takeWhile { $0 != quote }
            guard !cursor.isAtEnd else { return nil }
            cursor.index += 1
            return .text(text)
        }
        let name = cursor.takeWhile { ByteCursor.isWord($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".") }
        return variables[name].map { .variable($0) }
    }

    private static func comparison(_ cursor: inout ByteCursor) -> String? {
        cursor.skipSpace()
        if cursor.takeWord("in") { return "in" }
        if cursor.takeWord("not") {
            cursor.skipSpace()
            return cursor.takeWord("in") ? "not in" : nil
        }
        let text = cursor.takeWhile { "<>=!~".utf8.contains($0) }
        return ["===", "==", "!=", "<=", ">=", "<", ">", "~="].contains(text) ? text : nil
    }
}
