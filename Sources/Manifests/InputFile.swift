// SPDX-License-Identifier: BSD-3-Clause
import Codecs
package import Conda
package import Failures

/// A file that says what an environment should hold, told apart by what is in it.
package enum InputFile: Sendable {
    case environment(EnvironmentFile)
    case specs(SpecFile)
    case explicit(ExplicitFile)
    case condaLock(CondaLockFile)
    case pixiLock(PixiLockFile)

    /// Reads the bytes of a file whose name is `subject`, as it stands for `platform`.
    /// - Throws: `Failure(.parse)` with file, line and what was expected.
    package init(bytes: [UInt8], subject: String, platform: Subdir) throws(Failure) {
        if let kind = NotText.kind(of: bytes) {
            throw Failure(
                .parse, subject, "is \(kind)", hint: "environment files, locks and lists of specs are text",
                cause: NotText())
        }
        let isExplicit = ExplicitFile.isExplicit(bytes)
        guard !isExplicit, Self.isYAML(bytes, subject) else {
            if let conflict = MergeConflict.failure(in: bytes, subject: subject) { throw conflict }
            let text = try Self.text(bytes, subject)
            self =
                isExplicit
                ? .explicit(try ExplicitFile(text: text, subject: subject))
                : .specs(try SpecFile(text: text, subject: subject))
            return
        }
        let root = try YAML.parse(bytes, subject: subject)
        switch Self.kind(of: root) {
        case .pixiLock: self = .pixiLock(try PixiLockFile(root: root, subject: subject))
        case .condaLock: self = .condaLock(try CondaLockFile(root: root, subject: subject))
        case .environment:
            self = .environment(try EnvironmentFile(root: root, subject: subject, platform: platform))
        }
    }

    /// The `name:` of an environment file, with the line and column where it is written; nil for files of other kinds,
    /// and for one that has none.
    package static func suggestedName(
        in bytes: [UInt8], subject: String
    ) throws(Failure) -> (name: String, place: String)? {
        guard !ExplicitFile.isExplicit(bytes), isYAML(bytes, subject) else { return nil }
        let root = try YAML.parse(bytes, subject: subject)
        guard kind(of: root) == .environment, let node = root["name"], !node.isNull, let name = node.text else {
            return nil
        }
        return (name, "\(subject):\(node.line):\(node.column)")
    }

    private enum YAMLKind { case environment, condaLock, pixiLock }

    private static func kind(of root: YAMLNode) -> YAMLKind {
        if root["environments"] != nil, root["version"] != nil { return .pixiLock }
        return root["package"] != nil && root["metadata"] != nil ? .condaLock : .environment
    }

    /// Whether name or content says that this is YAML, of which JSON is a part.
    private static func isYAML(_ bytes: [UInt8], _ subject: String) -> Bool {
        let name = subject.split(separator: "/").last.map { $0.lowercased() } ?? subject
        if [".yml", ".yaml", ".lock", ".json"].contains(where: { name.hasSuffix($0) }) { return true }
        let text = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? bytes.dropFirst(3) : bytes[...]
        for line in text.split(whereSeparator: { $0 == 0x0a || $0 == 0x0d }) {
            let words = line.drop { $0 == 0x20 || $0 == 0x09 }
            if words.isEmpty || words.first == UInt8(ascii: "#") { continue }
            return beginsYAML(words)
        }
        return false
    }

    /// Whether the first line with something on it is one of YAML: a document's start, a JSON object, or a key. A spec's
    /// colons have no space behind them.
    private static func beginsYAML(_ line: ArraySlice<UInt8>) -> Bool {
        if line.starts(with: "---".utf8) || line.first == UInt8(ascii: "%") || line.first == UInt8(ascii: "{") {
            return true
        }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return false }
        let next = line[(colon + 1)...].first
        let isKey = line[..<colon].allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte | 0x20) || "_-\"' ".utf8.contains(byte)
        }
        return isKey && (next == nil || next == 0x20 || next == 0x09)
    }

    private static func text(_ bytes: [UInt8], _ subject: String) throws(Failure) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let line = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0
        throw Failure(.parse, "\(subject):\(line + 1)", "is not UTF-8 text")
    }
}

/// Marks the failure of a file that is an archive.
package struct NotText: Error {
    private static let archives: [(name: String, start: [UInt8])] = [
        ("a ZIP archive", [0x50, 0x4b, 0x03, 0x04]), ("compressed by gzip", [0x1f, 0x8b]),
        ("compressed by zstd", [0x28, 0xb5, 0x2f, 0xfd]), ("compressed by bzip2", [0x42, 0x5a, 0x68]),
        ("a squashfs image", [0x68, 0x73, 0x71, 0x73]),
    ]

    /// Which kind of archive a file is; nil for what may be text.
    static func kind(of bytes: [UInt8]) -> String? {
        if let known = archives.first(where: { bytes.starts(with: $0.start) }) { return known.name }
        if bytes.count > 262, bytes[257..<262].elementsEqual("ustar".utf8) { return "a tar archive" }
        return nil
    }
}
