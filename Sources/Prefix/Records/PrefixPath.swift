// SPDX-License-Identifier: BSD-3-Clause

package import Codecs

/// One path of a package in a prefix, as its record tells (Rules §13).
package struct PrefixPath: Sendable, Equatable {
    /// `path_type`.
    package enum Kind: String, Sendable {
        case hardLink = "hardlink"
        case softLink = "softlink"
        case directory
        case compiled = "pyc_file"
        case entryPoint = "unix_python_entry_point"
        case windowsEntryPointScript = "windows_python_entry_point_script"
        case windowsEntryPointProgram = "windows_python_entry_point_exe"
        case linkedPackageRecord = "linked_package_record"
    }

    /// Relative to the prefix.
    package var path: String
    package var kind: Kind
    /// Of the file in the package.
    package var digest: SHA256Digest?
    /// Of the file in the prefix.
    package var digestInPrefix: SHA256Digest?
    /// Of the file in the package, before replacement.
    package var size: UInt64?
    package var noLink: Bool
    package var placeholder: String?
    /// `text` or `binary`.
    package var fileMode: String?
    /// Where it would be if another package had not that path.
    package var originalPath: String?

    /// True when linking wrote other bytes than the package has: the prefix in place of the placeholder.
    var isRewritten: Bool { digest != nil && digestInPrefix != nil && digest != digestInPrefix && kind == .hardLink }

    package init(
        path: String, kind: Kind = .hardLink, digest: SHA256Digest? = nil, digestInPrefix: SHA256Digest? = nil,
        size: UInt64? = nil, noLink: Bool = false, placeholder: String? = nil, fileMode: String? = nil,
        originalPath: String? = nil
    ) {
        self.path = path
        self.kind = kind
        self.digest = digest
        self.digestInPrefix = digestInPrefix
        self.size = size
        self.noLink = noLink
        self.placeholder = placeholder
        self.fileMode = fileMode
        self.originalPath = originalPath
    }
}
