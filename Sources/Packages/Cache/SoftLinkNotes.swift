// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Platform

/// Which prefixes lead into a package cache by symbolic links: nothing at the files themselves tells, and the environment
/// may be another user's. One small file for each prefix, in the cache; nobody has to write into another one's.
package struct SoftLinkNotes: Sendable {
    /// The directory of krait's entries.
    private let folder: String
    private static let prefix = ".soft-links-"

    /// The notes in the package cache `directory`.
    package init(directory: String) { folder = "\(directory)/\(PackageCache.folder)" }

    /// Notes that `prefix` has symbolic links into the cache; a cache that cannot be written stays without.
    package func add(_ prefix: String) {
        let bytes = Array(prefix.utf8)
        let name = bytes.withUnsafeBytes { sha256(of: $0) }.hex.prefix(16)
        try? writeFileAtomically("\(folder)/\(Self.prefix)\(name)", bytes)
    }

    /// The prefixes noted.
    package var prefixes: [String] {
        let names = ((try? FileSystem.entries(folder)) ?? []).map(\.name).filter { $0.hasPrefix(Self.prefix) }
        return names.compactMap { name in
            guard let bytes = try? readFile("\(folder)/\(name)", limit: 1 << 16) else { return nil }
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}
