// SPDX-License-Identifier: BSD-3-Clause

/// The two container formats of packages (CEP 35, Rules §10).
package enum ArchiveFormat: Sendable {
    /// ZIP of zstd-compressed tar members.
    case conda
    /// A bzip2-compressed tar.
    case tarBzip2

    /// From a file's name; nil when it is no package.
    package init?(fileName: String) {
        if fileName.hasSuffix(".conda") {
            self = .conda
        } else if fileName.hasSuffix(".tar.bz2") {
            self = .tarBzip2
        } else {
            return nil
        }
    }
}
