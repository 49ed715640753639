// SPDX-License-Identifier: BSD-3-Clause

/// One setting, declared once: parsing, variables, `config describe` and the documents come from the declaration.
///
/// Those that code reads are `Setting`s, which have a type; the others are without effect, or refused. Not `final` for
/// that subclass only: every stored property is a constant, so that it may be shared between threads.
package class SettingKey: @unchecked Sendable {
    /// What a value must look like.
    package enum Kind: Sendable, Equatable {
        case flag
        /// A number that is not negative; fractions are allowed.
        case number
        case text
        case choice([String])
        case path
        case list
        case paths
        case map
        /// A list of maps, kept as written.
        case records
        /// Whatever is written.
        case any
    }

    /// What comes of a value.
    package enum Effect: Sendable, Equatable {
        /// Code reads it: the key is a `Setting`.
        case honoured
        /// It is accepted and nothing comes of it, for the reason that the documentation gives.
        case noEffect
        /// Any value but the default is an error where it is set, for this reason.
        case refused(String)
    }

    package let name: String
    package let kind: Kind
    /// Names that mean the same in files and, in upper case, in variables.
    package let aliases: [String]
    /// The value when nothing is set; lists as `a, b`, nil for none.
    package let defaultText: String?
    /// One line for people.
    package let documentation: String
    package let effect: Effect

    init(
        _ name: String, _ kind: Kind, default defaultText: String? = nil, aliases: [String] = [], _ effect: Effect,
        _ documentation: String
    ) {
        self.name = name
        self.kind = kind
        self.aliases = aliases
        self.defaultText = defaultText
        self.effect = effect
        self.documentation = documentation
    }

    /// `$VAR` and `~` are replaced too, not only `${VAR}`: in values that are places.
    var isPlace: Bool {
        switch kind {
        case .path, .paths, .map: true
        default: SettingKey.placeNames.contains(name)
        }
    }

    private static let placeNames: Set = [
        "channels", "channel_alias", "default_channels", "allowlist_channels", "denylist_channels", "ssl_verify",
    ]

    /// The variables that set it, strongest first.
    package var variables: [String] {
        SettingKey.prefixes.flatMap { prefix in ([name] + aliases).map { prefix + $0.uppercased() } }
    }

    /// The beginnings of the variables' names, strongest first.
    static let prefixes = ["KRAIT_", "MAMBA_", "CONDA_"]

    /// Every setting that krait knows; other keys are passed over.
    package static let all: [SettingKey] =
        directories + channelKeys + repodata + network + solving + installing + output + ofOthers

    /// The declaration of a key or alias; nil when krait knows none.
    ///
    /// The groups are made one after the other until one has it: all of them are a quarter of the start of `run`.
    package static func named(_ name: String) -> SettingKey? {
        func find(_ group: [SettingKey]) -> SettingKey? {
            group.first { $0.name == name || $0.aliases.contains(name) }
        }
        return find(directories) ?? find(channelKeys) ?? find(output) ?? find(network) ?? find(solving)
            ?? find(installing) ?? find(repodata) ?? find(ofOthers)
    }
}
