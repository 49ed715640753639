// SPDX-License-Identifier: BSD-3-Clause

import Codecs

/// What linking did, for messages and JSON.
package struct LinkReport: Sendable {
    /// Files, links and scripts that were made.
    package var paths = 0
    package var directories = 0
    /// Paths that several packages hold.
    package var clobbers: [Clobber] = []
    /// Paths that differ only in case from another's, on a file system that does not tell them apart.
    package var caseCollisions: [String] = []
    /// Names of packages whose files had to be copied though links were wanted.
    package var copiedPackages: [String] = []

    package init() {}
}

/// A file whose bytes are not the package's: rewritten, made, or hashed because the package does not tell.
struct PlacedFile: Sendable {
    /// The number of the package in the plan.
    var package: Int32
    /// The place in its manifest's entries; -1 - n for entry point n.
    var entry: Int32
    var digest: SHA256Digest
    var size: UInt64
}
