// SPDX-License-Identifier: BSD-3-Clause
import Conda

/// A setting that code reads, as `settings[.offline]`; `Value` is what it gets, the default where nothing is set.
package final class Setting<Value: Sendable>: SettingKey, @unchecked Sendable {
    /// The value of what is set, nil for nothing.
    let read: @Sendable (SettingValue?) -> Value

    private init(
        _ name: String, _ kind: Kind, _ defaultText: String?, _ aliases: [String], _ documentation: String,
        read: @escaping @Sendable (SettingValue?) -> Value
    ) {
        self.read = read
        super.init(name, kind, default: defaultText, aliases: aliases, .honoured, documentation)
    }
}

extension Setting where Value == Bool {
    convenience init(_ name: String, default fallback: Bool, aliases: [String] = [], _ documentation: String) {
        self.init(name, .flag, fallback ? "true" : "false", aliases, documentation) {
            $0?.text.map { $0 == "true" } ?? fallback
        }
    }
}

extension Setting where Value == Bool? {
    convenience init(_ name: String, aliases: [String] = [], _ documentation: String) {
        self.init(name, .flag, nil, aliases, documentation) { $0?.text.map { $0 == "true" } }
    }
}

extension Setting where Value == UInt64 {
    /// A whole number; fractions are rounded up.
    convenience init(_ name: String, default fallback: UInt64, aliases: [String] = [], _ documentation: String) {
        self.init(name, .number, "\(fallback)", aliases, documentation) { wholeNumber($0) ?? fallback }
    }
}

extension Setting where Value == UInt64? {
    convenience init(_ name: String, aliases: [String] = [], _ documentation: String) {
        self.init(name, .number, nil, aliases, documentation) { wholeNumber($0) }
    }
}

extension Setting where Value == Double {
    /// A number with its fraction.
    convenience init(_ name: String, default fallback: Int, aliases: [String] = [], _ documentation: String) {
        self.init(name, .number, "\(fallback)", aliases, documentation) {
            $0?.text.flatMap { Double($0) } ?? Double(fallback)
        }
    }
}

extension Setting where Value == String {
    convenience init(_ name: String, default fallback: String, aliases: [String] = [], _ documentation: String) {
        self.init(name, .text, fallback, aliases, documentation) { $0?.text ?? fallback }
    }
}

extension Setting where Value == String? {
    convenience init(_ name: String, as kind: Kind = .text, aliases: [String] = [], _ documentation: String) {
        self.init(name, kind, nil, aliases, documentation) { $0?.text }
    }
}

extension Setting where Value == [String] {
    /// - Parameter shown: what stands in where nothing is set, for people; the value is the empty list then.
    convenience init(
        _ name: String, as kind: Kind = .list, shown: String? = nil, aliases: [String] = [], _ documentation: String
    ) {
        self.init(name, kind, shown, aliases, documentation) { $0?.list ?? [] }
    }
}

extension Setting where Value == [SettingValue] {
    /// A list of maps.
    convenience init(_ name: String, _ documentation: String) {
        self.init(name, .records, nil, [], documentation) { $0?.items ?? [] }
    }
}

extension Setting where Value == [SettingMember] {
    convenience init(_ name: String, _ documentation: String) {
        self.init(name, .map, nil, [], documentation) { $0?.map ?? [] }
    }
}

extension Setting where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of a closed set of words.
    convenience init(_ name: String, default fallback: Value, aliases: [String] = [], _ documentation: String) {
        self.init(name, .choice(Value.allCases.map(\.rawValue)), fallback.rawValue, aliases, documentation) {
            $0?.text.flatMap { Value(rawValue: $0) } ?? fallback
        }
    }
}

extension Setting where Value == CompilingMode? {
    convenience init(_ name: String, _ documentation: String) {
        self.init(name, .choice(CompilingMode.allCases.map(\.rawValue)), nil, [], documentation) {
            $0?.text.flatMap { CompilingMode(rawValue: $0) }
        }
    }
}

private func wholeNumber(_ value: SettingValue?) -> UInt64? {
    guard let text = value?.text, let number = Double(text), number >= 0, number < 1e15 else { return nil }
    return UInt64(number.rounded(.up))
}
