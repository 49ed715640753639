// SPDX-License-Identifier: BSD-3-Clause
package import Codecs
package import Conda
import Failures
import Platform

/// An unpacked, verified package in a directory: an entry of the cache, or staged for one prefix only.
package struct CacheEntry: Sendable {
    /// Absolute; holds the package's files and `.krait/`.
    package let directory: String
    package let manifest: LinkManifest
    package let facts: Facts
    /// True when this call unpacked it.
    package var isNew = false
    /// Files of an archive just unpacked whose set-user-id or set-group-id bit was dropped.
    package var setIDs: [String] = []

    /// Where the package's record is (Rules §15.3).
    package var recordPath: String { directory + "/info/repodata_record.json" }
}

extension CacheEntry {
    /// What is known of the archive an entry came from.
    package struct Facts: Sendable, Equatable {
        package var sha256: SHA256Digest
        package var md5: MD5Digest?
        package var archiveSize: UInt64
        /// Files, directories and links.
        package var entryCount: UInt64
        /// Bytes of all files.
        package var byteCount: UInt64
        /// The time of `info/about.json` (Rules §12.4), 0 when there is none.
        package var aboutModified: Int64
    }

    /// The directory of krait's own files inside an entry; no package may have it.
    static let privateDirectory = ".krait"
    /// Facts and manifest, relative to the entry.
    package static let manifestPath = ".krait/manifest"

    private static let magic: UInt64 = 0x4b52_4149_545f_4345
    private static let version: UInt64 = 1
    static let headerSize = 8 * 8 + 32 + 16

    /// The bytes of the file at ``manifestPath``.
    static func fileBytes(_ facts: Facts, _ manifest: LinkManifest) -> [UInt8] {
        let body = manifest.serialized()
        var bytes: [UInt8] = []
        bytes.reserveCapacity(headerSize + body.count)
        for number in [
            magic, version, facts.archiveSize, facts.entryCount, facts.byteCount,
            UInt64(bitPattern: facts.aboutModified), UInt64(body.count), facts.md5 == nil ? 0 : 1,
        ] {
            withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
        }
        facts.sha256.withBytes { bytes.append(contentsOf: $0) }
        if let md5 = facts.md5 {
            md5.withBytes { bytes.append(contentsOf: $0) }
        } else {
            bytes.append(contentsOf: repeatElement(0, count: 16))
        }
        bytes.append(contentsOf: body)
        return bytes
    }

    /// The entry in `directory`, when its file is whole and of this version.
    static func read(_ directory: String) throws(Failure) -> CacheEntry? {
        guard let bytes = try readFileIfPresent(directory + "/" + manifestPath, limit: 1 << 30) else { return nil }
        return bytes.withUnsafeBytes { bytes in
            guard bytes.count >= headerSize else { return nil }
            func number(_ index: Int) -> UInt64 {
                bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self).littleEndian
            }
            guard number(0) == magic, number(1) == version, number(6) == UInt64(bytes.count - headerSize),
                let sha256 = SHA256Digest(bytes: UnsafeRawBufferPointer(rebasing: bytes[64..<96])),
                let manifest = LinkManifest(bytes: UnsafeRawBufferPointer(rebasing: bytes[headerSize...]))
            else { return nil }
            let md5 = number(7) == 0 ? nil : MD5Digest(bytes: UnsafeRawBufferPointer(rebasing: bytes[96..<112]))
            let facts = Facts(
                sha256: sha256, md5: md5, archiveSize: number(2), entryCount: number(3), byteCount: number(4),
                aboutModified: Int64(bitPattern: number(5)))
            return CacheEntry(directory: directory, manifest: manifest, facts: facts)
        }
    }
}
