// SPDX-License-Identifier: BSD-3-Clause

extension Shell {
    /// A text as one word of the shell, whatever is in it.
    package func quoted(_ text: String) -> String {
        if self == .tcsh { return backslashed(text) }
        var result: [UInt8] = [UInt8(ascii: "'")]
        for byte in text.utf8 {
            switch (self, byte) {
            case (.fish, UInt8(ascii: "\\")), (.xonsh, UInt8(ascii: "\\")): result += "\\\\".utf8
            case (.fish, UInt8(ascii: "'")), (.xonsh, UInt8(ascii: "'")): result += "\\'".utf8
            case (.xonsh, UInt8(ascii: "\n")): result += "\\n".utf8
            case (.powershell, UInt8(ascii: "'")): result += "''".utf8
            case (_, UInt8(ascii: "'")): result += "'\"'\"'".utf8
            default: result.append(byte)
            }
        }
        result.append(UInt8(ascii: "'"))
        return String(decoding: result, as: UTF8.self)
    }

    /// csh's quotes do not survive `eval` of backquotes, a backslash before each special byte does.
    private func backslashed(_ text: String) -> String {
        if text.isEmpty { return "''" }
        var result: [UInt8] = []
        for byte in text.utf8 {
            let isLetter = (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7a) || byte >= 0x80
            if !isLetter, !(0x2b...0x3a).contains(byte), byte != UInt8(ascii: "_"), byte != UInt8(ascii: "=") {
                result.append(UInt8(ascii: "\\"))
            }
            result.append(byte)
        }
        return String(decoding: result, as: UTF8.self)
    }
}
