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
        let name = prefix.split(separator: "/").last.map(String.init) ?? prefix
        let values = [
            ("{default_env}", defaultName(of: prefix)), ("{name}", name), ("{prefix}", prefix),
            ("{stacked_env}", stack(prefix, variables).joined(separator: ";")),
        ].map { (mark: Array($0.0.utf8), value: inPrompt($0.1)) }
        let format = Array(settings.promptFormat.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < format.count {
            if format[index] == UInt8(ascii: "{"),
                let (mark, value) = values.first(where: { format[index...].starts(with: $0.mark) })
            {
                result += value.utf8
                index += mark.count
            } else {
                result.append(format[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
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
    String(
        String.UnicodeScalarView(
            name.unicodeScalars.map { $0.isControl || "\\$`!%{}^\"".unicodeScalars.contains($0) ? "?" : $0 }))
}

extension Unicode.Scalar {
    /// C0, DEL and C1.
    var isControl: Bool { value < 0x20 || (0x7f...0x9f).contains(value) }
}
