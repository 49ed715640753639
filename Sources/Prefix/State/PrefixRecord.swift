// SPDX-License-Identifier: BSD-3-Clause

package import Conda

/// A `conda-meta` record without its lists of files.
package struct PrefixRecord: Sendable, Equatable {
    package var record: PackageRecord
    /// `requested_specs`, else the older `requested_spec`.
    package var requestedSpecs: [String] = []
    package var extractedDirectory: String?
    package var archivePath: String?
    /// `link.type`: 1 hard links, 2 soft links, 3 copies.
    package var linkType: Int?
    /// `link.source`: the unpacked package.
    package var linkSource: String?
    /// Paths that were left out when it was linked, on the user's wish.
    package var leftOut: [String] = []
}
