// SPDX-License-Identifier: BSD-3-Clause
import Codecs

extension SettingValue {
    /// The value as YAML after `key:`, each line of it indented.
    package func yaml(_ kind: SettingKey.Kind, indent: Int = 0) -> String {
        let margin = String(repeating: " ", count: indent)
        switch self {
        case .text(let text):
            let isPlain = kind == .flag || kind == .number || kind == .any && isFlagOrNumber(text)
            return " \(isPlain ? text : YAML.quoted(text))\n"
        case .list(let values):
            if values.isEmpty { return " []\n" }
            return "\n" + values.map { "\(margin)  -\($0.item(indent: indent + 2))" }.joined()
        case .map(let members):
            if members.isEmpty { return " {}\n" }
            return "\n"
                + members.map { "\(margin)  \(YAML.quoted($0.key)):\($0.value.yaml(.text, indent: indent + 2))" }
                .joined()
        }
    }

    /// What stands after the dash of a list.
    private func item(indent: Int) -> String {
        guard case .map(let members) = self, !members.isEmpty else { return yaml(.text, indent: indent) }
        let margin = String(repeating: " ", count: indent)
        return members.enumerated().map { index, member in
            (index == 0 ? " " : "\(margin)  ")
                + "\(YAML.quoted(member.key)):\(member.value.yaml(.text, indent: indent + 2))"
        }.joined()
    }

    /// Whether YAML takes the plain text for more than a text.
    private func isFlagOrNumber(_ text: String) -> Bool { text == "true" || text == "false" || Int64(text) != nil }
}
