// SPDX-License-Identifier: BSD-3-Clause

extension Activation {
    /// What an environment is called in `CONDA_DEFAULT_ENV`: `base`, its name under a directory `envs`, or its path.
    package func defaultName(of prefix: String) -> String {
        if prefix == settings.rootPrefix { return "base" }
        let parts = prefix.split(separator: "/")
        guard let name = parts.last, parts.count >= 2, parts[parts.count - 2] == "envs" else { return prefix }
        return String(name)
    }

    /// The text before the prompt (`env_prompt`).
    func promptModifier(_ prefix: String, _ variables: [String: String]) -> String {
        var text = settings.promptFormat
        let name = prefix.split(separator: "/").last.map(String.init) ?? prefix
        let default_ = defaultName(of: prefix)
        let values = [
            ("{default_env}", default_), ("{name}", name), ("{prefix}", prefix),
            ("{stacked_env}", stack(prefix, variables).joined(separator: ";")),
        ]
        for (mark, value) in values { text = replacing(mark, by: value, in: text) }
        return text
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
