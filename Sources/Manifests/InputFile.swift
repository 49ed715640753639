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
        if ExplicitFile.isExplicit(bytes) {
            self = .explicit(try ExplicitFile(text: try Self.text(bytes, subject), subject: subject))
            return
        }
        let name = subject.split(separator: "/").last.map { String($0) } ?? subject
        guard [".yml", ".yaml", ".lock", ".json"].contains(where: { name.hasSuffix($0) }) else {
            self = .specs(try SpecFile(text: try Self.text(bytes, subject), subject: subject))
            return
        }
        let root = try YAML.parse(bytes, subject: subject)
        if root["environments"] != nil, root["version"] != nil {
            self = .pixiLock(try PixiLockFile(root: root, subject: subject))
        } else if root["package"] != nil, root["metadata"] != nil {
            self = .condaLock(try CondaLockFile(root: root, subject: subject))
        } else {
            self = .environment(try EnvironmentFile(root: root, subject: subject, platform: platform))
        }
    }

    private static func text(_ bytes: [UInt8], _ subject: String) throws(Failure) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let line = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0
        throw Failure(.parse, "\(subject):\(line + 1)", "is not UTF-8 text")
    }
}
