// SPDX-License-Identifier: BSD-3-Clause

/// The words of a command line, understood: which verb, which options, which operands.
struct Invocation: Sendable {
    /// The verb with the nouns before it, e.g. `env export`.
    var verbPath: [String] = []
    var operands: [String] = []
    /// All words as typed, for the history file.
    var words: [String] = []
    private var given: [String: [String]] = [:]
    private var overrides: [(key: String, value: String)] = []

    /// Notes that `option` was given, with `value` unless it is a flag.
    mutating func note(_ option: Option, _ value: String?) {
        var values = [value ?? ""]
        if case .commaList = option.shape, let value {
            values = value.split(separator: ",").map { String($0) }
        }
        given[option.name, default: []] += values
        guard let setting = option.setting else { return }
        if let equals = setting.firstIndex(of: "=") {
            let text = String(setting[setting.index(after: equals)...])
            overrides.append((String(setting[..<equals]), text == "+" ? "\(count(option))" : text))
        } else {
            overrides += values.map { (setting, $0) }
        }
    }

    /// Whether `option` was given.
    subscript(flag option: Option) -> Bool { given[option.name] != nil }

    /// Whether the option of this name was given, for options that one verb alone has.
    func isGiven(_ name: String) -> Bool { given[name] != nil }

    /// The values of the option of this name, for options that one verb alone has.
    func values(_ name: String) -> [String] { given[name] ?? [] }

    /// How often `option` was given.
    func count(_ option: Option) -> Int { given[option.name]?.count ?? 0 }

    /// The last value given to `option`.
    subscript(_ option: Option) -> String? { given[option.name]?.last }

    /// All values given to `option`, in order.
    subscript(all option: Option) -> [String] { given[option.name] ?? [] }

    /// The settings that options override, in the order typed.
    var settings: [(key: String, value: String)] { overrides }
}
