// SPDX-License-Identifier: BSD-3-Clause

import Failures
import Platform

/// `~/.conda/environments.txt`, the list of a user's environments that all tools share; never worth a failure
/// (Rules §14.2).
package struct EnvironmentsFile: Sendable {
    private let path: String

    /// The list of the user whose home is `home`.
    package init(home: String) {
        path = Path.join(home, ".conda/environments.txt")
    }

    /// The prefixes listed, each once, in order.
    package func prefixes() -> [String] { prefixes(in: bytes()) }

    private func bytes() -> [UInt8] { (try? readFileIfPresent(path, limit: 1 << 24)) ?? [] }

    private func prefixes(in bytes: [UInt8]) -> [String] {
        var seen: Set<String> = []
        return bytes.split { $0 == 0x0a }.map { Self.clean(String(decoding: $0, as: UTF8.self)) }
            .filter { !$0.isEmpty && seen.insert($0).inserted }
    }

    /// The prefixes listed that still are environments.
    package func existingPrefixes() -> [String] {
        prefixes().filter { FileSystem.exists(Path.join($0, "conda-meta/history")) }
    }

    /// Adds `prefix`; build and test prefixes are not worth remembering.
    package func register(_ prefix: String) {
        let prefix = Self.clean(prefix)
        for part in ["placehold_pl", "skeleton_"]
        where Array(prefix.utf8).withUnsafeBytes({ bytes in
            bytes.firstOffset(of: Array(part.utf8)) != nil
        }) { return }
        try? FileSystem.createDirectories(Path.parent(path))
        let lock = FileLock.held(in: Path.parent(path))
        defer { withExtendedLifetime(lock) {} }
        let bytes = bytes()
        if prefixes(in: bytes).contains(prefix) { return }
        try? appendToFile(path, bytes.missingLineEnd + Array("\(prefix)\n".utf8))
    }

    /// Removes `prefix`, and what is an environment no more.
    package func deregister(_ prefix: String) {
        let lock = FileLock.held(in: Path.parent(path))
        defer { withExtendedLifetime(lock) {} }
        let listed = prefixes()
        let rest = existingPrefixes().filter { $0 != Self.clean(prefix) }
        if rest.count < listed.count { write(rest) }
    }

    private func write(_ prefixes: [String]) {
        let text = prefixes.map { $0 + "\n" }.joined()
        try? writeFileAtomically(path, Array(text.utf8))
    }

    private static func clean(_ line: String) -> String {
        var line = line.trimmed
        while line.utf8.count > 1, line.utf8.last == UInt8(ascii: "/") { line.removeLast() }
        return line
    }
}
