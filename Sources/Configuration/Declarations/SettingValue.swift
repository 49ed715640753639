// SPDX-License-Identifier: BSD-3-Clause

/// What a key is set to; scalars stay the text that was written.
package indirect enum SettingValue: Sendable, Equatable {
    case text(String)
    case list([SettingValue])
    case map([SettingMember])

    /// The texts of a list; a single text is a list of one.
    package var list: [String] {
        switch self {
        case .text(let text): [text]
        case .list(let values): values.compactMap(\.text)
        case .map: []
        }
    }

    /// The text, when this is one.
    package var text: String? {
        if case .text(let text) = self { text } else { nil }
    }

    /// The members in order, when this is a map.
    package var map: [SettingMember] {
        if case .map(let members) = self { members } else { [] }
    }
}

/// One `key: value` of a setting that is a map.
package struct SettingMember: Sendable, Equatable {
    package var key: String
    package var value: SettingValue

    package init(key: String, value: SettingValue) {
        self.key = key
        self.value = value
    }
}

/// Where a value comes from.
package enum SettingOrigin: Sendable, Equatable, CustomStringConvertible {
    /// The table's default.
    case builtin
    case file(String, line: Int)
    case environment(String)
    case commandLine

    package var description: String {
        switch self {
        case .builtin: "default"
        case .file(let path, let line): "\(path):\(line)"
        case .environment(let name): "$\(name)"
        case .commandLine: "command line"
        }
    }
}
