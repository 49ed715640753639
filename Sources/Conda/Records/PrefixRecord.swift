// SPDX-License-Identifier: BSD-3-Clause
package import Codecs

/// One installed package as `conda-meta/<name>-<version>-<build>.json` tells it (CEP 32, Rules §13).
package struct PrefixRecord: Sendable, Equatable {
    /// What was known of the package before it was installed; unknown keys of the file are in its `otherKeys`.
    package var package: PackageRecord
    /// The archive in the package cache.
    package var archivePath: String?
    /// The extracted directory in the package cache.
    package var extractedDirectory: String?
    /// How files came from there; nil in records that do not say.
    package var link: Link?
    /// Every path in the prefix, generated ones too.
    package var files: [String] = []
    /// Details of the paths; nil in old records.
    package var paths: [PrefixPath]?
    /// The specs that a user asked for the package with; empty for dependencies.
    package var requestedSpecs: [String] = []

    package init(package: PackageRecord) { self.package = package }

    /// `name-version-build.json`
    package var fileName: String { package.distribution + ".json" }

    /// Where the files came from and how.
    package struct Link: Sendable, Equatable {
        package var source: String
        /// 1 hard link, 2 soft link, 3 copy, 4 directory.
        package var type: Int

        package init(source: String, type: Int) {
            self.source = source
            self.type = type
        }
    }
}

/// One path of an installed package (`paths_data`).
package struct PrefixPath: Sendable, Equatable {
    /// From the prefix, with `/` between components.
    package var path: String
    /// `hardlink`, `softlink`, `directory`, `pyc_file`, `unix_python_entry_point`, …
    package var type: String
    /// Of the content in the package.
    package var sha256: SHA256Digest?
    /// Of the content in the prefix, where that is another.
    package var sha256InPrefix: SHA256Digest?
    /// Before the prefix was put in.
    package var size: UInt64?
    package var noLink = false
    /// `text` or `binary`; only with a placeholder.
    package var fileMode: String?
    package var prefixPlaceholder: String?
    /// Where the file would have been but for another package's (rattler).
    package var originalPath: String?

    package init(path: String, type: String = "hardlink") {
        self.path = path
        self.type = type
    }
}
