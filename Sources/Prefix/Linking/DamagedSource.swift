// SPDX-License-Identifier: BSD-3-Clause
import Conda
package import Failures

/// Why a link failed: an unpacked package lacks a file or has another one than it shipped.
package struct DamagedSource: Error {
    /// The unpacked package.
    package let directory: String

    /// What a user reads when `path` is not in the entry of `package` any more.
    package static func loss(_ package: LinkPackage, _ path: String) -> Failure {
        Failure(
            .integrity, package.record.distribution, "its cache entry has lost `\(path)`",
            hint: "remove \(package.source) and try again", cause: DamagedSource(directory: package.source))
    }

    /// What a user reads of `path` in the entry of `package`.
    static func failure(_ package: LinkPackage, _ path: String) -> Failure {
        Failure(
            .integrity, package.record.distribution, "`\(path)` in its cache entry is not what the package shipped",
            hint: "remove \(package.source) and try again", cause: DamagedSource(directory: package.source))
    }
}
