// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Configuration
import Engine

/// Settings as `conda config` prints them.
enum CondaConfiguration {
    /// The setting in documents. Whether certificates are checked is a truth value, unless a file says how.
    static func member(_ item: ConfigurationListing.Item) -> JSONMember {
        let isUnsaid = item.key === SettingKey.alwaysYes && item.origins == [.builtin]
        let value = isUnsaid ? .null : item.value?.json(item.key.kind) ?? .null
        let flag = item.key === SettingKey.sslVerify ? value.string.flatMap(truth) : nil
        return JSONMember(name(item.key), flag.map(JSON.bool) ?? value)
    }

    /// What conda calls a setting.
    static func name(_ key: SettingKey) -> String {
        switch key.name {
        case "auto_activate_base": "auto_activate"
        case "no_pin": "ignore_pinned"
        case "virtual_packages": "override_virtual_packages"
        case "download_threads": "fetch_threads"
        case "use_sharded_repodata": "repodata_use_shards"
        default: key.name
        }
    }

    /// `key: value`, as `--show` has it.
    static func line(_ item: ConfigurationListing.Item) -> String {
        let key = name(item.key)
        switch member(item).value {
        case .array(let values):
            if values.isEmpty { return "\(key): []\n" }
            return "\(key):\n" + values.map { "  - \(text($0))\n" }.joined()
        case .object(let members):
            if members.isEmpty { return "\(key): {}\n" }
            return "\(key):\n" + members.map { "  \($0.key): \(text($0.value))\n" }.joined()
        case let value: return "\(key): \(text(value))\n"
        }
    }

    /// The options that set it again, as `--get` has them: `--add` puts what comes later first.
    static func commands(_ item: ConfigurationListing.Item) -> String {
        commands(name(item.key), member(item).value)
    }

    private static func commands(_ key: String, _ value: JSON) -> String {
        switch value {
        case .array(let values):
            return values.reversed().enumerated().map { index, value in
                let place = index == 0 ? "lowest" : index == values.count - 1 ? "highest" : nil
                let note = key == "channels" ? place.map { "   # \($0) priority" } ?? "" : ""
                return "--add \(key) '\(text(value))'\(note)\n"
            }.joined()
        case .object(let members):
            return members.map { commands("\(key).\($0.key)", $0.value) }.joined()
        default: return "--set \(key) \(text(value))\n"
        }
    }

    /// As Python writes it.
    private static func text(_ value: JSON) -> String {
        switch value {
        case .null: "None"
        case .bool(let flag): flag ? "True" : "False"
        case .string(let text): text
        default: String(decoding: value.serialized(), as: UTF8.self)
        }
    }
}
