// SPDX-License-Identifier: BSD-3-Clause

/// One option of the command line, declared once: parsing, help and completions are made from it.
struct Option: Sendable {
    /// What follows the option's name.
    enum Shape: Sendable, Equatable {
        /// Nothing; giving it is the meaning.
        case flag
        /// One value; a second one is an error. The text is its name in help.
        case value(String)
        /// One value each time, any number of times.
        case list(String)
        /// As `list`, and one text may hold several, separated by commas.
        case commaList(String)
    }

    /// The name after `--`.
    let name: String
    /// Other names that mean the same.
    let aliases: [String]
    /// The letter after `-`, if it has one.
    let letter: Character?
    let shape: Shape
    /// One line for the help.
    let summary: String
    /// The setting that giving this option overrides, as `key` or `key=value` for flags; nil when it is no setting.
    let setting: String?

    init(
        _ name: String, also aliases: [String] = [], letter: Character? = nil, takes shape: Shape = .flag,
        setting: String? = nil, _ summary: String
    ) {
        self.name = name
        self.aliases = aliases
        self.letter = letter
        self.shape = shape
        self.setting = setting
        self.summary = summary
    }

    /// Whether the option takes a value.
    var takesValue: Bool { shape != .flag }

    /// The value's name in help, e.g. `FILE`.
    var valueName: String? {
        switch shape {
        case .flag: nil
        case .value(let name), .list(let name), .commaList(let name): name
        }
    }
}
