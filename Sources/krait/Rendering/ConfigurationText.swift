// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Configuration
import Engine
import Failures

/// Settings as YAML for people, as one JSON document, and what is known of each.
enum ConfigurationText {
    /// The keys of these names.
    ///
    /// - Throws: `Failure(.usage)` with the nearest name for one that is none.
    static func keys(_ names: [String]) throws(Failure) -> [SettingKey] {
        var keys: [SettingKey] = []
        for name in names {
            guard let key = SettingKey.named(name) else {
                let near = Suggestion.nearest(to: name, among: SettingKey.all.flatMap { [$0.name] + $0.aliases })
                throw Failure(
                    .usage, name, "is not a setting",
                    hint: near.map { "did you mean `\($0)`?" } ?? "`krait config describe` lists them",
                    cause: ArgumentMistake())
            }
            keys.append(key)
        }
        return keys
    }

    /// What can stand in an rc file as it is.
    static func yaml(
        of listing: ConfigurationListing, named name: (String) -> String, showsSources: Bool, describes: Bool
    ) -> String {
        listing.items.map { item in
            var text = describes ? "# \(item.key.documentation)\n" : ""
            if showsSources { text += "# from \(item.origins.map(\.description).joined(separator: ", "))\n" }
            return text + "\(name(item.key.name)):\(item.value?.yaml(item.key.kind) ?? " null\n")"
        }.joined()
    }

    /// `{key: value}`, or with sources `{key: {value, sources}}`.
    static func json(of listing: ConfigurationListing, showsSources: Bool) -> JSON {
        .object(
            listing.items.map { item in
                let value = item.value?.json(item.key.kind) ?? .null
                guard showsSources else { return JSONMember(item.key.name, value) }
                return JSONMember(
                    item.key.name,
                    .object([
                        JSONMember("value", value), JSONMember("sources", .strings(item.origins.map(\.description))),
                    ]))
            })
    }

    /// A setting for people.
    static func paragraph(of key: SettingKey) -> String {
        var text = "\(key.name)  (\(kind(of: key))\(key.defaultText.map { ", default \($0)" } ?? ""))\n"
        text += "    \(key.documentation)\n"
        switch key.effect {
        case .honoured: break
        case .noEffect: text += "    accepted, and without effect\n"
        case .refused(let reason): text += "    refused: \(reason)\n"
        }
        if !key.aliases.isEmpty { text += "    also: \(key.aliases.joined(separator: ", "))\n" }
        return text + "    variables: \(key.variables.joined(separator: ", "))\n"
    }

    /// A setting for programs.
    static func description(of key: SettingKey) -> JSON {
        var members = [
            JSONMember("name", .string(key.name)), JSONMember("description", .string(key.documentation)),
            JSONMember("type", .string(kindName(of: key))),
        ]
        if case .choice(let words) = key.kind { members.append(JSONMember("choices", .strings(words))) }
        members.append(JSONMember("default", key.defaultText.map { .string($0) } ?? .null))
        members.append(JSONMember("effect", .string(effect(of: key))))
        members.append(JSONMember("aliases", .strings(key.aliases)))
        members.append(JSONMember("variables", .strings(key.variables)))
        return .object(members)
    }

    private static func effect(of key: SettingKey) -> String {
        switch key.effect {
        case .honoured: "honoured"
        case .noEffect: "none"
        case .refused: "refused"
        }
    }

    private static func kind(of key: SettingKey) -> String {
        if case .choice(let words) = key.kind { return words.joined(separator: "|") }
        return kindName(of: key)
    }

    private static func kindName(of key: SettingKey) -> String {
        switch key.kind {
        case .flag: "true or false"
        case .number: "number"
        case .text: "text"
        case .choice: "choice"
        case .path: "path"
        case .list: "list"
        case .paths: "list of paths"
        case .map: "map"
        case .records: "list of maps"
        case .any: "anything"
        }
    }
}
