// SPDX-License-Identifier: BSD-3-Clause
import CTLS

/// What is known of the certificates inside the executable, used where a machine has none.
package struct EmbeddedRoots: Sendable, Equatable {
    package let count: Int
    /// The Debian package they come from.
    package let source: String
    /// `YYYY-MM-DD`
    package let date: String
    /// SHA-256 of that package, lower-case hexadecimal.
    package let sha256: String

    /// Those of this executable.
    package static var current: EmbeddedRoots {
        let info = krait_tls_embedded_roots_info()
        return EmbeddedRoots(
            count: Int(info.count), source: String(cString: info.source), date: String(cString: info.date),
            sha256: String(cString: info.sha256))
    }
}
