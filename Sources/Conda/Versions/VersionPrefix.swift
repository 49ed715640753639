// SPDX-License-Identifier: BSD-3-Clause

/// The beginning of versions: `1.2` holds `1.2`, `1.2.3` and `1.2rc1` but not `1.20` (Rules §7.4).
package struct VersionPrefix: Sendable, Hashable {
    /// The beginning itself.
    package let version: Version
    let bounds: ClosedRange<VersionKey>

    /// The versions that begin with `version`.
    package init(_ version: Version) {
        self.version = version
        var text = version.text
        let lexed = text.withUTF8 { bytes in
            VersionLexer.lex(UnsafeRawBufferPointer(bytes)) { pieces, local in
                VersionKey.bounds(main: pieces[..<local], local: pieces[local...])
            }
        }
        switch lexed {
        case .success(let bounds): self.bounds = bounds
        // The text of a version has been read before; it cannot fail now.
        case .failure: self.bounds = version.key...version.key
        }
    }

    /// Whether `candidate` begins with this.
    package func contains(_ candidate: Version) -> Bool {
        bounds.lowerBound <= candidate.key && candidate.key <= bounds.upperBound
    }

    package static func == (left: VersionPrefix, right: VersionPrefix) -> Bool { left.bounds == right.bounds }
    package func hash(into hasher: inout Hasher) { hasher.combine(bounds) }
}

extension Version {
    /// Whether this version begins with `prefix` in the sense of `=prefix` (Rules §7.4).
    package func startsWith(_ prefix: Version) -> Bool { VersionPrefix(prefix).contains(self) }
}
