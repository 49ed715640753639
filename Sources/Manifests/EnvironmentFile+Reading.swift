// SPDX-License-Identifier: BSD-3-Clause
import Activation
import Codecs
package import Conda
package import Failures

extension EnvironmentFile {
    /// Reads a file whose name, for messages, is `subject`, as it stands for `platform` (selectors).
    /// - Throws: `Failure(.parse)` with file, line, column and what was expected.
    package init(bytes: [UInt8], subject: String, platform: Subdir) throws(Failure) {
        try self.init(root: try YAML.parse(bytes, subject: subject), subject: subject, platform: platform)
    }

    /// Reads the parsed file.
    init(root: YAMLNode, subject: String, platform: Subdir) throws(Failure) {
        var reader = EnvironmentFileReader(subject: subject, platform: platform)
        try reader.read(root)
        self = reader.file
    }
}

/// Reads the nodes of one `environment.yml`.
private struct EnvironmentFileReader {
    let subject: String
    let platform: Subdir
    var file = EnvironmentFile()

    init(subject: String, platform: Subdir) {
        self.subject = subject
        self.platform = platform
    }

    mutating func read(_ root: YAMLNode) throws(Failure) {
        guard let pairs = root.mapping else {
            throw expected("a mapping with `dependencies:`", at: root)
        }
        var seen: Set<String> = []
        for pair in pairs {
            guard let key = pair.key.text else { throw expected("a key", at: pair.key) }
            // YAML readers keep the last one and drop the others without a word.
            guard seen.insert(key).inserted else {
                throw Failure(.parse, place(pair.key), "`\(key)` is here a second time")
            }
            switch key {
            case "name": file.name = try optionalText(pair.value)
            case "prefix": file.prefix = try optionalText(pair.value)
            case "channels": file.channels = try texts(pair.value, "a list of channels")
            case "platforms": try readPlatforms(pair.value)
            case "variables": try readVariables(pair.value)
            case "dependencies": try readDependencies(pair.value)
            case "category": break  // a word for lock tools (CEP 24)
            default: try readPastKey(key, pair.key)
            }
        }
        // Anything that YAML can read would pass for an environment that holds nothing.
        guard pairs.contains(where: { Self.telling.contains($0.key.text ?? "") }) else {
            throw expected("`dependencies:`; this is not an environment file", at: root)
        }
    }

    /// Keys of which an environment file has at least one.
    private static let telling = ["dependencies", "channels", "variables", "prefix"]

    /// Other keys are for other tools (CEP 24); a misspelt one of ours is refused, since it would lose what stands under it.
    private mutating func readPastKey(_ key: String, _ node: YAMLNode) throws(Failure) {
        let known = ["name", "prefix", "channels", "platforms", "variables", "dependencies"]
        if let meant = known.first(where: { isMisspelling(key, of: $0) }) {
            throw Failure(
                .parse, place(node), "`\(key)` is not a key of an environment file", hint: "did you mean `\(meant)`?")
        }
        file.warnings.append("\(place(node)): `\(key)` is not a key that krait knows; it was not used")
    }

    /// One letter too many, too few, another one, or two that changed places.
    private func isMisspelling(_ key: String, of word: String) -> Bool {
        let a = Array(key.lowercased().utf8)
        let b = Array(word.utf8)
        if a == b { return true }
        if a.count == b.count {
            let wrong = a.indices.filter { a[$0] != b[$0] }
            if wrong.count == 2, wrong[1] == wrong[0] + 1 {
                return a[wrong[0]] == b[wrong[1]] && a[wrong[1]] == b[wrong[0]]
            }
            return wrong.count == 1
        }
        let (short, long) = a.count < b.count ? (a, b) : (b, a)
        guard long.count == short.count + 1 else { return false }
        return long.indices.contains { skipped in
            long[..<skipped].elementsEqual(short[..<skipped]) && long[(skipped + 1)...].elementsEqual(short[skipped...])
        }
    }

    /// `noarch` is no platform to make an environment for.
    private mutating func readPlatforms(_ node: YAMLNode) throws(Failure) {
        file.platforms = try texts(node, "a list of platforms")
        for item in node.sequence ?? [] {
            guard let text = item.text, let platform = try? Subdir(text), !platform.isNoarch else {
                throw expected("a platform such as linux-64", at: item)
            }
        }
    }

    private mutating func readVariables(_ node: YAMLNode) throws(Failure) {
        if node.isNull { return }
        guard let pairs = node.mapping else { throw expected("a mapping of variables", at: node) }
        for pair in pairs {
            guard let name = pair.key.text, let value = pair.value.text else {
                throw expected("`NAME: value`", at: pair.value)
            }
            guard PrefixFacts.isVariableName(name) else {
                throw Failure(
                    .parse, place(pair.key), "`\(name)` cannot be the name of a variable",
                    hint: "names have letters, digits and `_` only, and do not begin with a digit")
            }
            guard !value.utf8.contains(0) else {
                throw Failure(.parse, place(pair.value), "the value of `\(name)` has a NUL byte")
            }
            if PrefixFacts.isReserved(name.uppercased()) {
                file.warnings.append("\(place(pair.key)): `\(name)` is not set: activation itself needs it")
                continue
            }
            file.variables.append(EnvironmentFile.Variable(name: name, value: pair.value.isNull ? "" : value))
        }
    }

    private mutating func readDependencies(_ node: YAMLNode) throws(Failure) {
        if node.isNull { return }
        guard let items = node.sequence else { throw expected("a list of specs", at: node) }
        try LineLimit.check(count: items.count, LineLimit.specs, "specs", subject)
        for item in items {
            if !isSelected(item) { continue }
            if item.isNull {
                file.warnings.append("\(place(item)): an empty item stands for nothing")
            } else if let text = item.text {
                file.dependencies.append(.conda(try spec(text, at: item)))
            } else if let pairs = item.mapping {
                for pair in pairs { try readInstaller(pair) }
            } else {
                throw expected("a spec or `pip:` with a list", at: item)
            }
        }
    }

    /// `pip: [...]`, or micromamba's `sel(linux): spec`.
    private mutating func readInstaller(_ pair: YAMLPair) throws(Failure) {
        guard let key = pair.key.text else { throw expected("`pip:`", at: pair.key) }
        if key == "pip" {
            if pair.value.isNull { return }
            guard let items = pair.value.sequence else { throw expected("a list of requirements", at: pair.value) }
            var requirements: [EnvironmentFile.PipRequirement] = []
            for item in items {
                if !isSelected(item) { continue }
                guard let text = item.text, !item.isNull else { throw expected("a requirement for pip", at: item) }
                requirements.append(EnvironmentFile.PipRequirement(text: trimmed(text), line: item.line))
            }
            file.dependencies.append(.pip(requirements))
        } else if key.hasPrefix("sel("), key.hasSuffix(")") {
            guard let selected = Selector.evaluate(String(key.dropFirst(4).dropLast()), for: platform) else {
                throw expected("`sel(linux)`, `sel(osx)`, `sel(win)` or `sel(unix)`", at: pair.key)
            }
            for item in pair.value.sequence ?? [pair.value] {
                guard let text = item.text, !item.isNull else { throw expected("a spec", at: item) }
                let spec = try spec(text, at: item)
                if selected { file.dependencies.append(.conda(spec)) }
            }
        } else {
            throw expected("`pip:`, since krait knows no installer `\(key)`", at: pair.key)
        }
    }

    /// Whether the item's comment, when it holds a selector such as `# [linux]`, admits the platform.
    private mutating func isSelected(_ node: YAMLNode) -> Bool {
        guard let comment = node.comment, let end = comment.lastIndex(of: "]"),
            let start = comment[..<end].lastIndex(of: "[")
        else { return true }
        let words = trimmed(comment[comment.index(after: start)..<end])
        if let selected = Selector.evaluate(words, for: platform) { return selected }
        // Brackets behind other words may be anything.
        if !words.isEmpty, start == comment.startIndex {
            file.warnings.append(
                "\(place(node)): `[\(words)]` is not a platform selector; the line is used on every platform")
        }
        return true
    }

    private mutating func spec(_ text: String, at node: YAMLNode) throws(Failure) -> MatchSpec {
        do {
            let read = try PipSpelling(text)
            if let warning = read.warning { file.warnings.append("\(place(node)): \(warning)") }
            return read.spec
        } catch {
            let reason = error.reason.hasPrefix("not a match spec: ") ? error.reason.dropFirst(18) : error.reason[...]
            throw Failure(.parse, place(node), "`\(text)` is not a spec: \(reason)", hint: error.hint, cause: error)
        }
    }

    private func optionalText(_ node: YAMLNode) throws(Failure) -> String? {
        if node.isNull { return nil }
        guard let text = node.text else { throw expected("text", at: node) }
        return text
    }

    private mutating func texts(_ node: YAMLNode, _ what: String) throws(Failure) -> [String] {
        if node.isNull { return [] }
        guard let items = node.sequence else { throw expected(what, at: node) }
        var result: [String] = []
        for item in items {
            if !isSelected(item) { continue }
            guard let text = item.text, !item.isNull else {
                let isInstaller = item["pip"] != nil
                throw expected(isInstaller ? "text; `pip:` belongs under `dependencies:`" : "text", at: item)
            }
            result.append(trimmed(text))
        }
        return result
    }

    private func expected(_ what: String, at node: YAMLNode) -> Failure {
        Failure(.parse, place(node), "expected \(what)")
    }

    private func place(_ node: YAMLNode) -> String { "\(subject):\(node.line):\(node.column)" }
}
