// SPDX-License-Identifier: BSD-3-Clause

package import Conda

/// One package to be linked: what it is, where its files are, and what linking them needs.
package struct LinkPackage: Sendable {
    package var record: PackageRecord
    /// The directory that holds the extracted package, absolute.
    package var source: String
    package var manifest: LinkManifest
    /// The specs that the user asked for it with; empty for a dependency.
    package var requestedSpecs: [String]
    /// True when `source` is a staging directory whose files may be moved away.
    package var isStaged: Bool
    /// The archive in the cache, recorded when known.
    package var archivePath: String?

    package init(
        record: PackageRecord, source: String, manifest: LinkManifest, requestedSpecs: [String] = [],
        isStaged: Bool = false, archivePath: String? = nil
    ) {
        self.record = record
        self.source = source
        self.manifest = manifest
        self.requestedSpecs = requestedSpecs
        self.isStaged = isStaged
        self.archivePath = archivePath
    }

    /// True when paths are mapped to the environment's python (Rules §12.2).
    package var isNoarchPython: Bool { record.noarch == .python || manifest.noarch == .python }
}
