// SPDX-License-Identifier: BSD-3-Clause
import Configuration

/// One option of the command line, declared once: parsing, help and completions are made from it.
///
/// What code may read is a ``Flag``, a ``ValueOption`` or a ``ListOption``, as `invocation[.file]`; an option that sets a
/// setting is read as that setting, and one without effect, or refused, is a plain `Option`, which nothing can read. Not
/// `final` for those subclasses only: every stored property is a constant, so that it may be shared between threads.
class Option: @unchecked Sendable {
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
        /// Two values each time, any number of times.
        case pair(String)
        /// The words up to the next option, of which there may be none.
        case words(String)
    }

    /// What giving it means.
    enum Effect: Sendable {
        /// The verb reads it.
        case read
        /// It sets this setting to the text, or to its own value; `+` counts how often it is given.
        case sets(SettingKey, String?)
        /// It is accepted, and nothing comes of it, for the reason that the summary gives.
        case none
        /// It is an error, for this reason and with this way out.
        case refused(String, hint: String)
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
    let effect: Effect

    fileprivate init(
        _ name: String, _ aliases: [String], _ letter: Character?, _ shape: Shape, _ effect: Effect, _ summary: String
    ) {
        self.name = name
        self.aliases = aliases
        self.letter = letter
        self.shape = shape
        self.effect = effect
        self.summary = summary
    }

    /// An option of other tools that changes nothing here.
    static func ignored(
        _ name: String, also aliases: [String] = [], letter: Character? = nil, takes shape: Shape = .flag,
        _ reason: String
    ) -> Option {
        Option(name, aliases, letter, shape, .none, reason)
    }

    /// An option of other tools that krait cannot honour.
    ///
    /// - Parameter hint: what to write instead.
    static func refused(
        _ name: String, also aliases: [String] = [], letter: Character? = nil, takes shape: Shape = .flag,
        _ reason: String, hint: String
    ) -> Option {
        Option(name, aliases, letter, shape, .refused(reason, hint: hint), reason)
    }

    /// Whether the option takes a value.
    var takesValue: Bool { shape != .flag }

    /// Whether something comes of it.
    var isEffective: Bool {
        switch effect {
        case .read, .sets: true
        case .none, .refused: false
        }
    }

    /// The setting that it sets.
    var setting: SettingKey? {
        if case .sets(let key, _) = effect { key } else { nil }
    }

    /// The value's name in help, e.g. `FILE`.
    var valueName: String? {
        switch shape {
        case .flag: nil
        case .value(let name), .list(let name), .commaList(let name), .pair(let name), .words(let name): name
        }
    }
}

/// An option without a value: `invocation[flag]` says whether it was given.
final class Flag: Option, @unchecked Sendable {
    init(_ name: String, also aliases: [String] = [], letter: Character? = nil, _ summary: String) {
        super.init(name, aliases, letter, .flag, .read, summary)
    }
}

/// An option with one value: `invocation[option]` is that value.
final class ValueOption: Option, @unchecked Sendable {
    init(
        _ name: String, also aliases: [String] = [], letter: Character? = nil, takes value: String, _ summary: String
    ) {
        super.init(name, aliases, letter, .value(value), .read, summary)
    }
}

/// An option that may be given several times: `invocation[option]` has all values in order.
final class ListOption: Option, @unchecked Sendable {
    /// - Parameter hasCommas: one text may hold several values, separated by commas.
    init(
        _ name: String, also aliases: [String] = [], letter: Character? = nil, takes value: String,
        hasCommas: Bool = false, _ summary: String
    ) {
        super.init(name, aliases, letter, hasCommas ? .commaList(value) : .list(value), .read, summary)
    }
}

/// An option with two values each time: `invocation[option]` has all of them in order.
final class PairOption: Option, @unchecked Sendable {
    init(_ name: String, also aliases: [String] = [], takes values: String, _ summary: String) {
        super.init(name, aliases, nil, .pair(values), .read, summary)
    }
}

/// An option with the words that follow it: `invocation[option]` has them, nil where it was not given.
final class WordsOption: Option, @unchecked Sendable {
    init(_ name: String, letter: Character? = nil, takes words: String, _ summary: String) {
        super.init(name, [], letter, .words(words), .read, summary)
    }
}

/// An option that sets a setting; code reads the setting, so that files, variables and options go one way.
final class SettingOption: Option, @unchecked Sendable {
    /// A flag that sets a truth value.
    init(
        _ name: String, also aliases: [String] = [], letter: Character? = nil, sets setting: Setting<Bool>,
        to value: Bool = true, _ summary: String
    ) {
        super.init(name, aliases, letter, .flag, .sets(setting, value ? "true" : "false"), summary)
    }

    /// A flag that sets one of a closed set of words.
    init<Value: RawRepresentable>(
        _ name: String, also aliases: [String] = [], letter: Character? = nil, sets setting: Setting<Value>,
        to value: Value, _ summary: String
    ) where Value.RawValue == String {
        super.init(name, aliases, letter, .flag, .sets(setting, value.rawValue), summary)
    }

    /// A flag that sets a setting to a text that its kind takes.
    init(
        _ name: String, also aliases: [String] = [], letter: Character? = nil, sets setting: SettingKey,
        toText text: String, _ summary: String
    ) {
        super.init(name, aliases, letter, .flag, .sets(setting, text), summary)
    }

    /// A flag that may be given several times, which the setting counts.
    init(_ name: String, letter: Character? = nil, counts setting: Setting<UInt64>, _ summary: String) {
        super.init(name, [], letter, .flag, .sets(setting, "+"), summary)
    }

    /// An option whose value the setting takes; of a list's setting it may be given several times.
    init(
        _ name: String, also aliases: [String] = [], letter: Character? = nil, takes value: String,
        sets setting: SettingKey, _ summary: String
    ) {
        let isList = setting.kind == .list || setting.kind == .paths
        super.init(name, aliases, letter, isList ? .list(value) : .value(value), .sets(setting, nil), summary)
    }
}
