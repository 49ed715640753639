// SPDX-License-Identifier: BSD-3-Clause

/// One setting: declared once, and from the declaration come parsing, variables, `config describe` and the documents.
package struct SettingKey: Sendable {
    /// What a value must look like.
    package enum Kind: Sendable, Equatable {
        case flag
        /// A number that is not negative; a fraction is allowed and rounded up where it is used.
        case number
        case text
        case choice([String])
        case path
        case list
        case paths
        case map
        /// A list of maps, kept as written.
        case records
    }

    package let name: String
    package let kind: Kind
    /// Names that mean the same in files and, in upper case, in variables.
    package let aliases: [String]
    /// The value when nothing is set; lists as `a, b`, nil for none.
    package let defaultText: String?
    /// One line for people.
    package let documentation: String
    /// `$VAR`, `${VAR}` and `~` are replaced.
    package let expands: Bool

    init(
        _ name: String, _ kind: Kind, default defaultText: String? = nil, aliases: [String] = [], expands: Bool? = nil,
        _ documentation: String
    ) {
        self.name = name
        self.kind = kind
        self.aliases = aliases
        self.defaultText = defaultText
        self.documentation = documentation
        self.expands = expands ?? (kind == .path || kind == .paths)
    }

    /// The variables that set it, strongest first.
    package var variables: [String] {
        SettingKey.prefixes.flatMap { prefix in ([name] + aliases).map { prefix + $0.uppercased() } }
    }

    /// The beginnings of the variables' names, strongest first.
    static let prefixes = ["KRAIT_", "MAMBA_", "CONDA_"]

    /// The declaration of a key or alias; nil when krait knows none.
    package static func named(_ name: String) -> SettingKey? { byName[name] }

    private static let byName: [String: SettingKey] = {
        var result: [String: SettingKey] = [:]
        for key in all {
            for name in [key.name] + key.aliases { result[name] = key }
        }
        return result
    }()
}
