// SPDX-License-Identifier: BSD-3-Clause
import Codecs
package import Failures

/// Turns what was written into values of the kind that a key asks for; a bad value is an error that names its place.
struct SettingReader {
    let variables: [String: String]
    let home: String?
    /// Whether a value that krait cannot honour is an error; else it is one for those commands that it is meant for.
    var refuses = false

    /// A value of an rc file.
    func value(_ node: YAMLNode, key: SettingKey, place: String) throws(Failure) -> SettingValue {
        switch key.kind {
        case .list, .paths:
            if let items = node.sequence {
                var values: [SettingValue] = []
                for item in items where !item.isNull {
                    guard let text = item.text else { throw wrong(key, place, "a list of strings") }
                    values.append(.text(expand(text, key)))
                }
                return .list(values)
            }
            if let members = members(node, key) { return .list(members) }
            guard let text = node.text else { throw wrong(key, place, "a list") }
            return try value(text, key: key, place: place)
        case .map:
            guard node.mapping != nil else { throw wrong(key, place, "`name: value` pairs") }
            return raw(node, key)
        case .records:
            guard node.sequence != nil else { throw wrong(key, place, "a list") }
            return raw(node, key)
        case .any:
            return raw(node, key)
        default:
            guard let text = node.text else { throw wrong(key, place, expectation(key.kind)) }
            return try value(text, key: key, place: place)
        }
    }

    /// The items `name=value` of a list that conda has as a map; there a package without a word on it is as usual, and one
    /// that is `false` is let through.
    private func members(_ node: YAMLNode, _ key: SettingKey) -> [SettingValue]? {
        let isVirtual = key === SettingKey.virtualPackages
        guard isVirtual || key === SettingKey.excludeNewerPackage, let pairs = node.mapping else { return nil }
        return pairs.compactMap { pair in
            guard let name = pair.key.text, let text = pair.value.text, !pair.value.isNull else { return nil }
            if isVirtual { return .text((name.hasPrefix("__") ? "" : "__") + "\(name)=\(expand(text, key))") }
            return .text("\(name)=\(truth(text) == false ? "none" : expand(text, key))")
        }
    }

    /// A value of a variable or the command line; `isOneItem` keeps the separators of lists.
    func value(
        _ written: String, key: SettingKey, place: String, isOneItem: Bool = false
    ) throws(Failure) -> SettingValue {
        let text = expand(written, key)
        switch key.kind {
        case .flag:
            guard let flag = truth(text) else { throw wrong(key, place, expectation(key.kind), got: text) }
            try refuse(flag ? "true" : "false", key, place)
            return .text(flag ? "true" : "false")
        case .number:
            // conda lets some of its numbers be truth values.
            if let flag = truth(text), Double(text) == nil { return .text(flag ? "1" : "0") }
            guard let number = Double(text), number >= 0, number < 1e15 else {
                throw wrong(key, place, expectation(key.kind), got: text)
            }
            return .text(text)
        case .choice(let words):
            if let word = words.first(where: { $0 == text.lowercased() }) { return .text(word) }
            if key.name == "channel_priority", let flag = truth(text) { return .text(flag ? "flexible" : "disabled") }
            if key.name == "safety_checks", let flag = truth(text) { return .text(flag ? "enabled" : "disabled") }
            throw wrong(key, place, expectation(key.kind), got: text)
        case .text, .path, .any:
            try refuse(text, key, place)
            return .text(text)
        case .list, .paths:
            let items = isOneItem ? [Substring(written)] : split(written, key)
            return .list(items.map { .text(expand(String($0), key)) })
        case .map:
            // micromamba reads variables as YAML.
            if let node = try? YAML.parse(Array(written.utf8), subject: place), node.mapping != nil {
                return raw(node, key)
            }
            guard let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")) else {
                throw wrong(key, place, "`name=value`", got: text)
            }
            let name = String(text[..<equals])
            let rest = String(text[text.utf8.index(after: equals)...])
            return .map([SettingMember(key: name, value: .text(rest))])
        case .records:
            throw wrong(key, place, "set in a file")
        }
    }

    /// conda: lists are split at commas, pins at `&`, paths at `:`; a comma splits paths, too, as in `pkgs_dirs`, and
    /// pins, as with micromamba.
    private func split(_ text: String, _ key: SettingKey) -> [Substring] {
        let separators: [UInt8] =
            switch key.kind {
            case .paths: [UInt8(ascii: ":"), UInt8(ascii: ",")]
            default: [UInt8(ascii: key.name == "pinned_packages" && text.contains("&") ? "&" : ",")]
            }
        if key.name == "pinned_packages", separators != [UInt8(ascii: "&")] { return pins(text) }
        return text.utf8.split { separators.contains($0) }.map { Substring($0) }
            .map { $0.trimmingSpaces }.filter { !$0.isEmpty }
    }

    /// Pins between commas; a comma that is part of a spec (`numpy>=1,<2`, `numpy[version=2,build=0]`) is none.
    private func pins(_ text: String) -> [Substring] {
        var pins: [String] = []
        var depth = 0
        for piece in text.split(separator: ",") {
            let isNew = depth == 0 && piece.trimmingSpaces.first.map { $0.isLetter || $0 == "_" } ?? true
            if isNew { pins.append(String(piece)) } else if !pins.isEmpty { pins[pins.count - 1] += ",\(piece)" }
            for byte in piece.utf8 { depth += byte == UInt8(ascii: "[") ? 1 : byte == UInt8(ascii: "]") ? -1 : 0 }
        }
        return pins.map { Substring($0).trimmingSpaces }.filter { !$0.isEmpty }
    }

    private func raw(_ node: YAMLNode, _ key: SettingKey) -> SettingValue {
        if let items = node.sequence { return .list(items.map { raw($0, key) }) }
        if let pairs = node.mapping {
            return .map(pairs.map { SettingMember(key: $0.key.text ?? "", value: raw($0.value, key)) })
        }
        return .text(node.isNull ? "" : expand(node.text ?? "", key))
    }

    private func expand(_ text: String, _ key: SettingKey) -> String {
        expanded(text, variables: variables, home: home, isPlace: key.isPlace)
    }

    private func refuse(_ text: String, _ key: SettingKey, _ place: String) throws(Failure) {
        if refuses, let failure = refusal(text, key, place) { throw failure }
    }

    private func wrong(_ key: SettingKey, _ place: String, _ expected: String, got: String? = nil) -> Failure {
        let found = got.map { ", not `\($0)`" } ?? ""
        return Failure(.parse, place, "`\(key.name)` must be \(expected)\(found)")
    }

    private func expectation(_ kind: SettingKey.Kind) -> String {
        switch kind {
        case .flag: "true or false"
        case .number: "a number, 0 or more"
        case .choice(let words): "one of \(words.joined(separator: ", "))"
        case .text, .path, .any: "a string"
        case .list, .paths, .records: "a list"
        case .map: "`name: value` pairs"
        }
    }
}

/// What is wrong with a value that krait cannot honour: it must not be silently not done.
private func refusal(_ text: String, _ key: SettingKey, _ place: String) -> Failure? {
    guard case .refused(let reason) = key.effect, text != key.defaultText else { return nil }
    return Failure(
        .usage, place, "`\(key.name)` is refused: \(reason)",
        hint: "leave it out" + (key.defaultText.map { $0.isEmpty ? "" : ", or set it to \($0)" } ?? ""))
}

extension Settings {
    /// Sees to it that nothing is set that krait cannot honour. What only reads goes on without.
    package func requireHonoured() throws(Failure) {
        for name in entries.keys.sorted() {
            guard let key = SettingKey.named(name), let text = entry(key)?.value.text else { continue }
            if let failure = refusal(text, key, "\(origin(key))") { throw failure }
        }
    }
}

/// yes/no, on/off, true/false, 1/0 in any case (Rules §16.4).
package func truth(_ text: String) -> Bool? {
    switch text.lowercased() {
    case "true", "yes", "on", "1", "y": true
    case "false", "no", "off", "0", "n": false
    default: nil
    }
}

/// `${VAR}` replaced, in places also `$VAR` and a leading `~`; unknown variables stay as they are, as Python's
/// `expandvars` does.
package func expanded(
    _ text: String, variables: [String: String], home: String?, isPlace: Bool = true
) -> String {
    let bytes = Array(text.utf8)
    guard bytes.contains(UInt8(ascii: "$")) || bytes.first == UInt8(ascii: "~") else { return text }
    var result: [UInt8] = []
    var index = 0
    if isPlace, let home, bytes.first == UInt8(ascii: "~"), bytes.count == 1 || bytes[1] == UInt8(ascii: "/") {
        result += home.utf8
        index = 1
    }
    while index < bytes.count {
        guard bytes[index] == UInt8(ascii: "$"), index + 1 < bytes.count else {
            result.append(bytes[index])
            index += 1
            continue
        }
        let isBraced = bytes[index + 1] == UInt8(ascii: "{")
        let start = index + (isBraced ? 2 : 1)
        let end = bytes[start...].firstIndex { !isNameByte($0) } ?? bytes.count
        let name = String(decoding: bytes[start..<end], as: UTF8.self)
        let isClosed = !isBraced || (end < bytes.count && bytes[end] == UInt8(ascii: "}"))
        if isBraced || isPlace, let value = variables[name], isClosed {
            result += value.utf8
            index = isBraced ? end + 1 : end
        } else {
            result.append(bytes[index])
            index += 1
        }
    }
    return String(decoding: result, as: UTF8.self)
}

private func isNameByte(_ byte: UInt8) -> Bool {
    (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7a) || (byte >= 0x30 && byte <= 0x39) || byte == 0x5f
}

extension Substring {
    var trimmingSpaces: Substring {
        var text = self
        while let byte = text.utf8.first, byte == 0x20 || byte == 0x09 || byte == 0x0a { text = text.dropFirst() }
        while let byte = text.utf8.last, byte == 0x20 || byte == 0x09 || byte == 0x0a { text = text.dropLast() }
        return text
    }
}
