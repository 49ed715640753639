// SPDX-License-Identifier: BSD-3-Clause

extension Shell {
    /// A text as one word of the shell, whatever is in it. Control characters stand as the shell's escapes, so that code which
    /// is shown on a terminal does nothing there; tcsh has no such escapes.
    package func quoted(_ text: String) -> String {
        if self == .tcsh { return backslashed(text) }
        var result = "'"
        for scalar in text.unicodeScalars {
            switch (self, scalar) {
            case (_, "\n") where self != .fish && self != .xonsh, (_, "\t"): result.unicodeScalars.append(scalar)
            case _ where scalar.isControl: result += escaped(scalar)
            case (.fish, "\\"), (.xonsh, "\\"): result += "\\\\"
            case (.fish, "'"), (.xonsh, "'"): result += "\\'"
            case (.powershell, "'"), (.powershell, "\u{2018}"), (.powershell, "\u{2019}"), (.powershell, "\u{201A}"),
                (.powershell, "\u{201B}"):
                // PowerShell takes typographic quotes for quotes.
                result.unicodeScalars.append(scalar)
                result.unicodeScalars.append(scalar)
            case (_, "'"): result += "'\"'\"'"
            default: result.unicodeScalars.append(scalar)
            }
        }
        result += "'"
        let isSum = self == .powershell && text.unicodeScalars.contains { $0.isControl }
        return isSum ? "(\(result))" : result
    }

    /// A control character within single quotes.
    private func escaped(_ scalar: Unicode.Scalar) -> String {
        switch self {
        case .bash, .zsh: "'$'\(octal(scalar))''"
        case .posix: "'\"$(printf '\(octal(scalar))')\"'"
        // Outside of the quotes; a substitution would split at a line end.
        case .fish: "'\\u\(hexadecimal(scalar))'"
        case .xonsh: scalar == "\n" ? "\\n" : "\\u\(hexadecimal(scalar))"
        case .powershell: "'+[char]\(scalar.value)+'"
        case .tcsh: ""
        }
    }

    private func octal(_ scalar: Unicode.Scalar) -> String {
        UTF8.encode(scalar).map { bytes in
            bytes.map { "\\" + String(repeating: "0", count: 3 - String($0, radix: 8).count) + String($0, radix: 8) }
                .joined()
        } ?? ""
    }

    private func hexadecimal(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16)
        return String(repeating: "0", count: 4 - digits.utf8.count) + digits
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
