// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Packages
import Platform
import Solving
import Transport

/// A library inside the executable.
package struct LinkedLibrary: Sendable, Equatable {
    /// As its makers write it.
    package let name: String
    package let version: String
    /// Debian's revision with its patches, e.g. `8.14.1-2+deb13u5`; nil in a build that uses the machine's libraries.
    package let patchLevel: String?

    /// Those that read what comes from elsewhere, or decide.
    package static var all: [LinkedLibrary] {
        let levels = BuildFacts.patchLevels
        let transport = TransportLibraries.current
        let rows: [(name: String, version: String?, debian: String)] = [
            ("libsolv", LibsolvVersion.text, "libsolv"),
            ("libcurl", transport?.curl, "curl"),
            ("libarchive", LibarchiveVersion.text, "libarchive"),
            ("zstd", ZstdVersion.text, "libzstd-dev"),
            ("OpenSSL", transport?.openSSL, "libssl-dev"),
            ("nghttp2", transport?.nghttp2, "libnghttp2-dev"),
            ("c-ares", transport?.cAres, "libc-ares-dev"),
        ]
        return rows.compactMap { row in
            row.version.map { LinkedLibrary(name: row.name, version: $0, patchLevel: levels[row.debian]) }
        }
    }
}
