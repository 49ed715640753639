// SPDX-License-Identifier: BSD-3-Clause
import Configuration

/// The words of a command line, understood: which verb, which options, which operands.
struct Invocation: Sendable {
    /// The verb with the nouns before it, e.g. `env export`.
    var verbPath: [String] = []
    /// What that verb cannot keep to.
    var cannot: [Verb.Limit] = []
    var operands: [String] = []
    /// All words as typed, for the history file.
    var words: [String] = []
    /// Notes which options are asked for; nil but in tests.
    var reads: OptionReads?
    /// A handful, and a dictionary's type costs more to make than they take to search.
    private var given: [Given] = []
    /// The settings that options set, in the order typed.
    private(set) var settings: [(key: SettingKey, value: String)] = []

    private struct Given {
        var option: Option
        var values: [String]
    }

    /// Notes that `option` was given, with `value` unless it is a flag.
    mutating func note(_ option: Option, _ value: String?) {
        var values = [value ?? ""]
        if case .commaList = option.shape, let value {
            values = value.split(separator: ",").map { String($0) }
        }
        if let index = given.firstIndex(where: { $0.option === option }) {
            given[index].values += values
        } else {
            given.append(Given(option: option, values: values))
        }
        guard case .sets(let key, let text) = option.effect else { return }
        if let text {
            settings.append((key, text == "+" ? "\(self.values(option).count)" : text))
        } else {
            settings += values.map { (key, $0) }
        }
    }

    /// Whether the flag was given.
    subscript(_ flag: Flag) -> Bool { has(flag) }

    /// The value given to `option`.
    subscript(_ option: ValueOption) -> String? { values(option).last }

    /// All values given to `option`, in order.
    subscript(_ option: ListOption) -> [String] { values(option) }

    /// All pairs given to `option`, in order.
    subscript(_ option: PairOption) -> [(String, String)] {
        let values = values(option)
        return stride(from: 0, to: values.count - 1, by: 2).map { (values[$0], values[$0 + 1]) }
    }

    /// The words after `option`; nil where it was not given.
    subscript(_ option: WordsOption) -> [String]? { has(option) ? values(option).filter { !$0.isEmpty } : nil }

    /// The channels of the command line, best first.
    var channels: [String] { (self[.useLocal] ? ["local"] : []) + self[.channel] }

    /// Whether `option` was given, whatever its kind.
    func has(_ option: Option) -> Bool { !values(option).isEmpty }

    /// All values given to `option`; a flag counts as an empty one each time.
    func values(_ option: Option) -> [String] {
        reads?.note(option)
        return given.first { $0.option === option }?.values ?? []
    }
}
