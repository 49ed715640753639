// SPDX-License-Identifier: BSD-3-Clause

extension JSON {
    /// The text of this value: on one line, or with `indent` spaces a level as Python's `json.dumps(indent=)` writes it.
    /// With `ascii` everything beyond ASCII is written as `\u` escapes, else as UTF-8.
    package func serialized(indent: Int? = nil, ascii: Bool = false) -> [UInt8] {
        var bytes: [UInt8] = []
        write(to: &bytes, indent: indent, ascii: ascii)
        return bytes
    }

    /// Appends the text of this value; `level` is how deep it stands in what is being written.
    package func write(to bytes: inout [UInt8], indent: Int? = nil, ascii: Bool = false, level: Int = 0) {
        switch self {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): bytes.append(contentsOf: String(value).utf8)
        case .number(let text): bytes.append(contentsOf: text.utf8)
        case .string(let text): Self.write(text, to: &bytes, ascii: ascii)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                Self.breakLine(&bytes, indent, level + 1)
                element.write(to: &bytes, indent: indent, ascii: ascii, level: level + 1)
            }
            if !elements.isEmpty { Self.breakLine(&bytes, indent, level) }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                Self.breakLine(&bytes, indent, level + 1)
                Self.write(member.key, to: &bytes, ascii: ascii)
                bytes.append(UInt8(ascii: ":"))
                if indent != nil { bytes.append(UInt8(ascii: " ")) }
                member.value.write(to: &bytes, indent: indent, ascii: ascii, level: level + 1)
            }
            if !members.isEmpty { Self.breakLine(&bytes, indent, level) }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private static func breakLine(_ bytes: inout [UInt8], _ indent: Int?, _ level: Int) {
        guard let indent else { return }
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indent * level))
    }

    /// Appends `text` as a JSON string with its quotes.
    package static func write(_ text: String, to bytes: inout [UInt8], ascii: Bool = false) {
        bytes.append(UInt8(ascii: "\""))
        if ascii {
            for unit in text.utf16 {
                if unit < 0x80 {
                    writeCharacter(UInt8(truncatingIfNeeded: unit), to: &bytes)
                } else {
                    writeEscape(unit, to: &bytes)
                }
            }
        } else {
            for byte in text.utf8 { writeCharacter(byte, to: &bytes) }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    @inline(__always)
    private static func writeCharacter(_ byte: UInt8, to bytes: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            bytes.append(UInt8(ascii: "\\"))
            bytes.append(byte)
        case UInt8(ascii: "\n"): bytes.append(contentsOf: "\\n".utf8)
        case UInt8(ascii: "\r"): bytes.append(contentsOf: "\\r".utf8)
        case UInt8(ascii: "\t"): bytes.append(contentsOf: "\\t".utf8)
        case 0x08: bytes.append(contentsOf: "\\b".utf8)
        case 0x0c: bytes.append(contentsOf: "\\f".utf8)
        case 0..<0x20: writeEscape(UInt16(byte), to: &bytes)
        default: bytes.append(byte)
        }
    }

    private static func writeEscape(_ unit: UInt16, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: "\\u".utf8)
        for shift in [12, 8, 4, 0] as [UInt16] {
            bytes.append(hexDigit(UInt8(truncatingIfNeeded: unit >> shift & 15)))
        }
    }
}
