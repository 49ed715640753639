// SPDX-License-Identifier: BSD-3-Clause
package import Codecs
package import Conda

/// What an archive turned out to hold, after everything was verified.
package struct ExtractedPackage: Sendable {
    package var manifest: LinkManifest
    /// The bytes of `info/index.json`.
    package var index: [UInt8]
    package var archiveSize: UInt64
    package var sha256: SHA256Digest
    /// Known only when it had to be computed.
    package var md5: MD5Digest?
    package var entryCount: Int
    /// Bytes of all files.
    package var byteCount: UInt64
    /// The time of `info/about.json`, from which rewritten files get theirs (Rules §12.4); 0 without one.
    package var aboutModified: Int64
    /// Files that are set-user-id or set-group-id in the archive; unpacked they are not.
    package var setIDs: [String] = []
}
