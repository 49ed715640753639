// SPDX-License-Identifier: BSD-3-Clause
import Configuration
import Platform

/// Which package directories are used: what lies in one becomes part of environments, so one that other users can write
/// to is passed over unless `trusted_cache` says that they are trusted.
struct CacheTrust {
    private(set) var directories: [String] = []
    private(set) var warnings: [String] = []

    /// Below a package directory, what is used as it lies there.
    private static let parts = ["", "/krait-v1", "/krait-pyc-v1", "/cache/krait-index-v1"]

    init(_ settings: Settings) {
        let trusted = settings[.trustedCache]
        for directory in settings.packageDirectories {
            guard !trusted, let part = Self.parts.first(where: { Self.isShared(directory + $0) }) else {
                directories.append(directory)
                continue
            }
            warnings.append(
                "other users can write to \(directory + part): it is not used as a cache (with `trusted_cache: true` "
                    + "it is)")
        }
    }

    private static func isShared(_ path: String) -> Bool {
        (try? FileSystem.status(path))??.isWritableByStrangers ?? false
    }
}
