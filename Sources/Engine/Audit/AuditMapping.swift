// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures

/// What a file says of which upstream packages are: entries of `packages:` with `url`, a pattern over the URL of the
/// record, and `ecosystem`, `name` and, where it is another than the record's, `version` in the database.
struct AuditMapping {
    private var entries: [(url: StringMatcher, text: String, key: AdvisoryKey, version: String?)] = []

    /// - Throws: `Failure(.parse)` with the place of what is wrong.
    init(_ bytes: [UInt8], subject: String) throws(Failure) {
        let root = AuditEntry(node: try YAML.parse(bytes, subject: subject), subject: subject)
        for entry in try root.entries("packages", ["url", "ecosystem", "name", "version"]) {
            let ecosystem = try entry.required("ecosystem")
            // Databases tell capitals from small letters, so nothing would ever be found.
            if ecosystem != AdvisoryKey.python, ecosystem.lowercased() == AdvisoryKey.python.lowercased() {
                throw entry.failure("`ecosystem: \(ecosystem)` is written \(AdvisoryKey.python)")
            }
            let key = AdvisoryKey(ecosystem: ecosystem, name: try entry.required("name"))
            let text = try entry.required("url")
            entries.append((try StringMatcher(text), text, key, try entry.optional("version")))
        }
    }

    /// Adds what it knows of `packages`, and tells which of its entries are of no use.
    func complete(_ packages: inout [AuditedPackage]) -> [String] {
        var unused: [String] = []
        for entry in entries {
            var isUsed = false
            for index in packages.indices
            where !packages[index].url.isEmpty && entry.url.matchesExactly(packages[index].url) {
                isUsed = true
                let version = entry.version ?? packages[index].version
                packages[index].identities.append(.init(key: entry.key, version: version))
            }
            if !isUsed { unused.append("\(entry.text) is mapped to \(entry.key.name), and no package has such a URL") }
        }
        return unused
    }
}

/// One mapping in a file that people write for `audit`.
struct AuditEntry {
    let node: YAMLNode
    let subject: String

    func failure(_ reason: String) -> Failure {
        Failure(.parse, "\(subject):\(node.line):\(node.column)", reason)
    }

    /// The list `key`, the only thing in the file; its entries may have `keys` and no others.
    func entries(_ key: String, _ keys: Set<String>) throws(Failure) -> [AuditEntry] {
        guard node.mapping?.count == 1, let list = node[key]?.sequence else {
            throw failure("expected `\(key):` with a list, and nothing else")
        }
        var entries: [AuditEntry] = []
        for node in list {
            let entry = AuditEntry(node: node, subject: subject)
            guard let pairs = node.mapping else { throw entry.failure("expected a mapping") }
            if let other = pairs.lazy.compactMap(\.key.text).first(where: { !keys.contains($0) }) {
                throw entry.failure("`\(other)` is not one of \(keys.sorted().joined(separator: ", "))")
            }
            entries.append(entry)
        }
        return entries
    }

    func required(_ key: String) throws(Failure) -> String {
        guard let text = try optional(key) else { throw failure("expected `\(key):`") }
        return text
    }

    func optional(_ key: String) throws(Failure) -> String? {
        guard let value = node[key], !value.isNull else { return nil }
        guard let text = value.text, !text.isEmpty else { throw failure("`\(key)` is not a string") }
        return text
    }
}
