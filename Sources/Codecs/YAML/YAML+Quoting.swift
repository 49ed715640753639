// SPDX-License-Identifier: BSD-3-Clause

extension YAML {
    /// `text` as a scalar on one line that every YAML reader gives back as that string: plain where that is safe, else quoted.
    package static func quoted(_ text: String) -> String {
        if isSafePlain(text) { return text }
        let needsEscapes = text.unicodeScalars.contains {
            $0.value < 0x20 || $0.value >= 0x7f && $0.value <= 0xa0 || $0.value == 0x2028 || $0.value == 0x2029
                || $0.value == 0xfeff
        }
        guard needsEscapes else {
            var quoted = "'"
            for scalar in text.unicodeScalars {
                quoted.unicodeScalars.append(scalar)
                if scalar == "'" { quoted.unicodeScalars.append(scalar) }
            }
            return quoted + "'"
        }
        // A JSON string in ASCII is a double-quoted YAML scalar, but for surrogate pairs, which need `\U`.
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            case " "..."~": quoted.unicodeScalars.append(scalar)
            default:
                let digits = String(scalar.value, radix: 16)
                let width = scalar.value > 0xffff ? 8 : 4
                quoted += (width == 8 ? "\\U" : "\\u") + String(repeating: "0", count: width - digits.count) + digits
            }
        }
        return quoted + "\""
    }

    /// True when `text` without quotes is a string in block and flow context, by YAML 1.1 and 1.2.
    private static func isSafePlain(_ text: String) -> Bool {
        guard case .text = YAMLScalar(text, isPlain: true, tag: nil) else { return false }
        let bytes = Array(text.utf8)
        guard let first = bytes.first, let last = bytes.last, last != 0x20, last != UInt8(ascii: ":") else {
            return false
        }
        // Numbers and dates of any YAML version begin like this: not worth telling apart.
        guard !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return false }
        guard !" -+.?:,[]{}#&*!|>'\"%@`=<~".utf8.contains(first) else { return false }
        for (index, byte) in bytes.enumerated() {
            if byte < 0x20 || byte >= 0x7f || ",[]{}\"'`".utf8.contains(byte) { return false }
            guard index + 1 < bytes.count else { continue }
            if byte == UInt8(ascii: ":"), bytes[index + 1] == 0x20 { return false }
            if byte == 0x20, bytes[index + 1] == UInt8(ascii: "#") { return false }
        }
        return true
    }
}
