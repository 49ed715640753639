// SPDX-License-Identifier: BSD-3-Clause

extension Activation {
    /// What an environment is called in `CONDA_DEFAULT_ENV`: `base`, its name under a directory `envs`, or its path.
    package func defaultName(of prefix: String) -> String {
        if prefix == settings.rootPrefix { return "base" }
        let parts = prefix.split(separator: "/")
        guard let name = parts.last, parts.count >= 2, parts[parts.count - 2] == "envs" else { return prefix }
        return String(name)
    }

    /// The text before the prompt (`env_prompt`): the user's format, filled in once with names that are inert.
    func promptModifier(_ prefix: String, _ variables: [String: String]) -> String {
        let format = settings.promptFormat.utf8
        var result = ""
        var index = format.startIndex
        while index < format.endIndex {
            let open = format[index...].firstIndex(of: UInt8(ascii: "{")) ?? format.endIndex
            result += settings.promptFormat[index..<open]
            index = open
            guard let close = format[open...].firstIndex(of: UInt8(ascii: "}")) else { break }
            let mark = settings.promptFormat[open...close]
            if let value = promptValue(mark, prefix, variables) {
                result += inPrompt(value)
                index = format.index(after: close)
            } else {
                result += "{"
                index = format.index(after: open)
            }
        }
        return result + settings.promptFormat[index...]
    }

    /// What stands for a mark of the format; nil for other text in braces.
    private func promptValue(_ mark: Substring, _ prefix: String, _ variables: [String: String]) -> String? {
        switch mark {
        case "{default_env}": defaultName(of: prefix)
        case "{name}": prefix.split(separator: "/").last.map(String.init) ?? prefix
        case "{prefix}": prefix
        case "{stacked_env}": stack(prefix, variables).joined(separator: ";")
        default: nil
        }
    }

    /// The names of the environments in effect, the top one first: through those that were stacked.
    private func stack(_ prefix: String, _ variables: [String: String]) -> [String] {
        var names = [defaultName(of: prefix)]
        var level =
            variables.keys.compactMap { key in
                key.hasPrefix("CONDA_STACKED_") ? Int(key.dropFirst(14)) : nil
            }.max() ?? 0
        while level > 1, variables["CONDA_STACKED_\(level)"] != nil, let below = variables["CONDA_PREFIX_\(level - 1)"]
        {
            names.append(defaultName(of: below))
            level -= 1
        }
        return names
    }
}

/// Every occurrence of one text replaced by another.
package func replacing(_ mark: String, by value: String, in text: String) -> String {
    let pattern = Array(mark.utf8)
    let bytes = Array(text.utf8)
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
        if bytes[index...].starts(with: pattern) {
            result += value.utf8
            index += pattern.count
        } else {
            result.append(bytes[index])
            index += 1
        }
    }
    return String(decoding: result, as: UTF8.self)
}

/// A name as it may stand in a prompt: shells read that a second time, each in its own language, so what begins a command, a
/// variable or an escape in any of them is shown as `?`, and so is what would move the cursor.
private func inPrompt(_ name: String) -> String {
    let isPlain = name.utf8.allSatisfy { 0x20...0x7e ~= $0 && !marks.contains($0) }
    return isPlain
        ? name
        : String(
            String.UnicodeScalarView(
                name.unicodeScalars.map { $0.isControl || $0.isASCII && marks.contains(UInt8($0.value)) ? "?" : $0 }))
}

private let marks = Array("\\$`!%{}^\"".utf8)

extension Unicode.Scalar {
    /// C0, DEL and C1.
    var isControl: Bool { value < 0x20 || (0x7f...0x9f).contains(value) }
}
