// SPDX-License-Identifier: BSD-3-Clause
package import Conda
package import Failures
package import Platform

/// Unpacks archives into new directories: staging of the cache, or of one prefix when there is no cache.
package struct PackageUnpacker: Sendable {
    private let limits: ExtractionLimits
    private let cancellation: Cancellation?

    package init(limits: ExtractionLimits = ExtractionLimits(), cancellation: Cancellation? = nil) {
        self.limits = limits
        self.cancellation = cancellation
    }

    /// Unpacks and verifies `record` into `directory`, which must not exist; on failure nothing is left of it.
    package func unpack(
        _ record: PackageRecord, from source: PackageSource, to directory: String
    ) throws(Failure) -> CacheEntry {
        let subject = record.fileName.isEmpty ? record.distribution : record.fileName
        guard let format = ArchiveFormat(fileName: record.fileName) else {
            throw Failure(.integrity, subject, "its name ends neither in .conda nor in .tar.bz2")
        }
        let expected = ExpectedArchive(record)
        do throws(Failure) {
            try FileSystem.createDirectory(directory, mode: 0o755)
            let sink = DirectorySink(try Descriptor.openDirectory(directory, followLinks: false), path: directory)
            let input = try source.open(expected, subject: subject)
            let extractor = PackageExtractor(
                into: sink, limits: limits, subject: subject, cancellation: cancellation)
            let package = try extractor.extract(
                input, format: format, expected: expected, spoolDirectory: directory)
            return try complete(record, package, directory)
        } catch {
            source.cancel()
            try? FileSystem.removeTree(directory)
            throw error
        }
    }

    /// Adds our own files to an unpacked package.
    private func complete(
        _ record: PackageRecord, _ package: ExtractedPackage, _ directory: String
    ) throws(Failure) -> CacheEntry {
        try writeNewFile(
            directory + "/info/repodata_record.json", try RepodataRecord.bytes(record, package), mode: 0o644)
        let facts = CacheEntry.Facts(
            sha256: package.sha256, md5: package.md5 ?? record.md5, archiveSize: package.archiveSize,
            entryCount: UInt64(package.entryCount), byteCount: package.byteCount,
            aboutModified: package.aboutModified)
        try FileSystem.createDirectory("\(directory)/\(CacheEntry.privateDirectory)", mode: 0o755)
        let bytes = CacheEntry.fileBytes(facts, package.manifest)
        try writeNewFile("\(directory)/\(CacheEntry.manifestPath)", bytes, mode: 0o644)
        // What has grown piece by piece has room to spare, what is read has none: all of them are held to the end.
        let manifest = bytes.withUnsafeBytes {
            LinkManifest(bytes: UnsafeRawBufferPointer(rebasing: $0[CacheEntry.headerSize...]))
        }
        return CacheEntry(
            directory: directory, manifest: manifest ?? package.manifest, facts: facts, isNew: true,
            setIDs: package.setIDs)
    }
}
