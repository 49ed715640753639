// SPDX-License-Identifier: BSD-3-Clause
package import Codecs
import Conda
package import Configuration
import Locations
import Platform

/// The configuration as it stands, for people and programs; secrets in URLs are masked.
package struct ConfigurationListing: Sendable {
    /// One setting.
    package struct Item: Sendable {
        package var key: SettingKey
        /// nil where nothing is set and there is no default.
        package var value: SettingValue?
        /// Who said it, strongest first.
        package var origins: [SettingOrigin]
    }

    package let items: [Item]

    /// Those of `keys`, or all that something set; with `all` also those that have their defaults.
    package init(_ settings: Settings, keys: [SettingKey], all: Bool) {
        let wanted = keys.isEmpty ? SettingKey.all.filter { all || settings.isSet($0) } : keys
        items = wanted.map { key in
            Item(
                key: key, value: Self.value(of: key, settings)?.masked, origins: settings.origins(key))
        }
    }

    private static func value(of key: SettingKey, _ settings: Settings) -> SettingValue? {
        if let entry = settings.entry(key) { return entry.value }
        switch key.name {
        case "root_prefix": return settings.rootPrefix.map { .text($0) }
        case "subdir":
            let facts = HostFacts.current()
            return (try? Subdir(kernel: facts.kernelName, machine: facts.machine)).map { .text($0.name) }
        case "envs_dirs": return .list(settings.environmentDirectories.map { .text($0) })
        case "pkgs_dirs": return .list(settings.packageDirectories.map { .text($0) })
        default: break
        }
        switch key.kind {
        case .list, .paths, .records:
            return .list((key.defaultText ?? "").split(separator: ",").map { .text(String($0.drop { $0 == " " })) })
        case .map: return .map([])
        case .flag, .number, .text, .choice, .path, .any: return key.defaultText.map { .text($0) }
        }
    }
}

extension SettingValue {
    /// The value with the secrets in its texts taken out.
    fileprivate var masked: SettingValue {
        switch self {
        case .text(let text): .text(text.maskingSecrets)
        case .list(let values): .list(values.map(\.masked))
        case .map(let members): .map(members.map { SettingMember(key: $0.key, value: $0.value.masked) })
        }
    }

    /// The value as JSON of the kind that the key has.
    package func json(_ kind: SettingKey.Kind) -> JSON {
        switch self {
        case .text(let text):
            if kind == .flag { return .bool(text == "true") }
            if kind == .any, text == "true" || text == "false" { return .bool(text == "true") }
            if kind == .number || kind == .any { return Int64(text).map { .integer($0) } ?? .string(text) }
            return .string(text)
        case .list(let values): return .array(values.map { $0.json(.text) })
        case .map(let members): return .object(members.map { JSONMember($0.key, $0.value.json(.text)) })
        }
    }
}
