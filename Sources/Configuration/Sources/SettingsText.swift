// SPDX-License-Identifier: BSD-3-Clause
import Codecs
package import Failures

/// The text of an rc file, changed line by line, so that comments and everything else in it stay as they are.
package struct SettingsText: Sendable {
    /// The name of the file, for messages.
    private let subject: String
    /// Without their ends.
    private var lines: [Substring]
    /// What a key is to be called that stands under none of its names; nil for its first.
    package var name: String?

    /// - Throws: `Failure(.parse)` for text that is no YAML mapping.
    package init(_ bytes: [UInt8], subject: String) throws(Failure) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(.parse, subject, "is not UTF-8 text")
        }
        self.subject = subject
        // Of bytes: a carriage return and the line feed behind it are one character.
        lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { Substring($0) }
        if let odd = lines.firstIndex(where: Self.hasOtherBreak) {
            throw Failure(.parse, "\(subject):\(odd + 1)", "has an end of line other than a line feed in it")
        }
        if lines.last == "" { lines.removeLast() }
        _ = try pairs()
    }

    /// Whether YAML would count more lines than one (YAML 1.1 §4.1.4).
    private static func hasOtherBreak(_ line: Substring) -> Bool {
        line.unicodeScalars.dropLast().contains("\r")
            || line.unicodeScalars.contains { $0 == "\u{85}" || $0 == "\u{2028}" || $0 == "\u{2029}" }
    }

    /// What was typed for `key`, in the form that its kind has; variables in it stay as they are.
    package static func value(_ texts: [String], for key: SettingKey) throws(Failure) -> SettingValue {
        switch key.kind {
        case .list, .paths: return .list(texts.map { .text($0) })
        case .any: return texts.count == 1 ? .text(texts[0]) : .list(texts.map { .text($0) })
        case .map, .records:
            throw Failure(
                .usage, key.name, "has members", hint: "set one with `\(key.name).MEMBER VALUE`, or edit the file")
        case .flag, .number, .choice, .text, .path:
            guard let text = texts.first, texts.count == 1 else {
                throw Failure(.usage, key.name, "takes one value")
            }
            let reader = SettingReader(variables: [:], home: nil, refuses: true)
            let value = try reader.value(text, key: key, place: "command line")
            guard key === SettingKey.sslVerify, let flag = truth(text) else { return value }
            return .text("\(flag)")
        }
    }

    /// - Throws: `Failure(.parse)` with its place for a value of a known key that is not what it must be.
    package func check() throws(Failure) {
        let reader = SettingReader(variables: [:], home: nil, refuses: true)
        _ = try SettingSource(file: subject, bytes: Array(text.utf8), reader: reader)
    }

    /// The whole text.
    package var text: String { lines.map { $0 + "\n" }.joined() }

    /// Writes `key` with this value in place of what stands there.
    package mutating func set(_ key: SettingKey, _ value: SettingValue) throws(Failure) {
        // A truth value or a text: conda's readers tell them apart.
        let kind = key === SettingKey.sslVerify ? .any : key.kind
        let old = try pair(key)
        let new = "\(old?.key.text ?? name ?? key.name):\(value.yaml(kind))".split(separator: "\n")
        guard let old else { return lines.append(contentsOf: new) }
        let range = block(old)
        lines.replaceSubrange(range, with: new)
    }

    /// Adds an item at the end of a list, or as its first; an item that is there already moves.
    package mutating func add(_ item: String, to key: SettingKey, isFirst: Bool) throws(Failure) {
        _ = try remove(item, from: key)
        guard let pair = try pair(key), let items = pair.value.sequence, !items.isEmpty else {
            return try set(key, .list([.text(item)]))
        }
        guard let first = items.first, let last = items.last, hasOwnLines(items, after: "-") else {
            let texts = items.map { SettingValue.text($0.text ?? "") }
            return try set(key, .list(isFirst ? [.text(item)] + texts : texts + [.text(item)]))
        }
        let line = lines[first.line - 1].prefix { $0 == " " } + "- \(YAML.quoted(item))"
        lines.insert(Substring(line), at: isFirst ? first.line - 1 : last.line)
    }

    /// Takes an item out of a list; false when it is not in it.
    package mutating func remove(_ item: String, from key: SettingKey) throws(Failure) -> Bool {
        guard let pair = try pair(key) else { return false }
        let items = pair.value.sequence ?? [pair.value]
        let gone = items.filter { $0.text == item }
        if gone.isEmpty { return false }
        if gone.count == items.count { return try remove(key) }
        if hasOwnLines(items, after: "-") {
            for node in gone.reversed() { lines.remove(at: node.line - 1) }
        } else {
            try set(key, .list(items.filter { $0.text != item }.map { .text($0.text ?? "") }))
        }
        return true
    }

    /// Sets one member of a map.
    package mutating func set(_ key: SettingKey, member name: String, _ text: String) throws(Failure) {
        let members = try pair(key)?.value.mapping ?? []
        guard let first = members.first, let last = members.last, hasOwnLines(members.map(\.key), after: "") else {
            let kept = members.filter { $0.key.text != name }.map {
                SettingMember(key: $0.key.text ?? "", value: .text($0.value.text ?? ""))
            }
            guard members.allSatisfy({ $0.value.text != nil }) else {
                throw Failure(.usage, "\(subject):\(members[0].key.line)", "cannot be changed here: edit the file")
            }
            return try set(key, .map(kept + [SettingMember(key: name, value: .text(text))]))
        }
        let margin = String(repeating: " ", count: first.key.column - 1)
        let line = Substring("\(margin)\(YAML.quoted(name)): \(YAML.quoted(text))")
        if let old = members.first(where: { $0.key.text == name }) {
            guard old.value.text != nil else {
                throw Failure(.usage, "\(subject):\(old.key.line)", "is not a text value: edit the file")
            }
            lines[old.key.line - 1] = line
        } else if last.value.text != nil {
            lines.insert(line, at: last.value.line)
        } else {
            lines.insert(line, at: first.key.line - 1)
        }
    }

    /// Takes a key out, under each of its names; false when it is not there.
    package mutating func remove(_ key: SettingKey) throws(Failure) -> Bool {
        var isFound = false
        while let pair = try pair(key) {
            lines.removeSubrange(block(pair))
            isFound = true
        }
        return isFound
    }

    private func pairs() throws(Failure) -> [YAMLPair] {
        let root = try YAML.parse(Array(text.utf8), subject: subject)
        if root.isNull { return [] }
        guard let pairs = root.mapping, pairs.allSatisfy({ $0.key.column == 1 && isWritten($0.key) }) else {
            throw Failure(.parse, "\(subject):\(root.line)", "is not a list of `key: value` lines")
        }
        return pairs
    }

    /// Whether a key stands at the beginning of a line of its own, and not in braces.
    private func isWritten(_ key: YAMLNode) -> Bool { lines[key.line - 1].utf8.first != UInt8(ascii: "{") }

    /// Of several names for a key the last counts.
    private func pair(_ key: SettingKey) throws(Failure) -> YAMLPair? {
        let names = [key.name] + key.aliases
        return try pairs().last { $0.key.text.map(names.contains) ?? false }
    }

    /// The lines of a key: up to the next key, but for comments and empty lines before that.
    private func block(_ pair: YAMLPair) -> Range<Int> {
        let start = pair.key.line - 1
        var end = start + 1
        for (index, line) in lines.enumerated().dropFirst(start + 1) {
            let content = line.drop { $0 == " " || $0 == "\t" }
            if content.isEmpty || line.utf8.first == UInt8(ascii: "#") { continue }
            // A list may stand as far left as its key.
            guard line.utf8.first == UInt8(ascii: " ") || line.hasPrefix("- ") || "]}".contains(line.first ?? " ")
            else { break }
            end = index + 1
        }
        return start..<end
    }

    /// Whether each node has a line that holds nothing before it but `mark`, and ends on that line.
    private func hasOwnLines(_ nodes: [YAMLNode], after mark: String) -> Bool {
        guard Set(nodes.map(\.line)).count == nodes.count else { return false }
        return nodes.allSatisfy { node in
            let before = lines[node.line - 1].utf8.prefix(node.column - 1)
            guard let text = node.text, !text.utf8.contains(UInt8(ascii: "\n")) else { return false }
            return String(Substring(before).drop { $0 == " " }.filter { $0 != " " }) == mark
        }
    }
}
