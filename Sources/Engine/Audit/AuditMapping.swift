// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures

/// What a file says of which upstream packages are: entries of `packages:` with `url`, a pattern over the URL of the
/// record, and `ecosystem`, `name` and, where it is another than the record's, `version` in the database.
struct AuditMapping {
    private var entries: [(url: StringMatcher, key: AdvisoryKey, version: String?)] = []

    /// - Throws: `Failure(.parse)` with the place of what is wrong.
    init(_ bytes: [UInt8], subject: String) throws(Failure) {
        let root = AuditEntry(node: try YAML.parse(bytes, subject: subject), subject: subject)
        for entry in try root.entries("packages", ["url", "ecosystem", "name", "version"]) {
            let key = AdvisoryKey(ecosystem: try entry.required("ecosystem"), name: try entry.required("name"))
            entries.append((try StringMatcher(try entry.required("url")), key, try entry.optional("version")))
        }
    }

    /// Adds what it knows of `package`.
    func complete(_ package: inout AuditedPackage) {
        guard !package.url.isEmpty else { return }
        for entry in entries where entry.url.matchesExactly(package.url) {
            package.identities.append(.init(key: entry.key, version: entry.version ?? package.version))
        }
    }
}

/// One mapping in a file that people write for `audit`.
struct AuditEntry {
    let node: YAMLNode
    let subject: String

    private func failure(_ reason: String) -> Failure {
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
        guard let text = value.text, !text.isEmpty else { throw failure("`\(key)` is not text") }
        return text
    }
}
