// SPDX-License-Identifier: BSD-3-Clause
package import Codecs
package import Conda
package import Failures
import Locations
package import Platform
import Synchronization

/// Unpacked packages that environments share, in directories that are complete or absent.
///
/// An entry's name carries the digest of its archive, so what is found under it needs no further proof. It appears by
/// a rename: no reader ever sees a part of one and no process waits for another. Two that unpack the same package both
/// succeed; the second finds the place taken and uses the first's. Nothing here is locked.
package final class PackageCache: Sendable {
    /// Searched in order; the first that can be written gets new entries.
    package let directories: [String]
    private let limits: ExtractionLimits
    private let cancellation: Cancellation?
    /// Wait for stable storage before an entry appears.
    private let synchronize: Bool
    private let writable = Mutex<Writable>(.unknown)

    private enum Writable { case unknown, none, directory(String) }

    /// The directory of krait's entries inside a package cache.
    package static let folder = "krait-v1"

    /// `directories` are package caches (`pkgs_dirs`), absolute.
    package init(
        directories: [String], limits: ExtractionLimits = ExtractionLimits(), synchronize: Bool = false,
        cancellation: Cancellation? = nil
    ) {
        self.directories = directories
        self.limits = limits
        self.synchronize = synchronize
        self.cancellation = cancellation
    }

    /// Where new entries go: below the first directory that can be made and written; nil when there is none.
    package var writableDirectory: String? {
        writable.withLock { state in
            if case .unknown = state {
                state = .none
                for directory in directories {
                    let folder = directory + "/" + Self.folder
                    guard (try? FileSystem.createDirectories(folder)) != nil, FileSystem.isWritableDirectory(folder)
                    else { continue }
                    state = .directory(folder)
                    removeLeftovers(in: folder, olderThanSeconds: 24 * 3600)
                    break
                }
            }
            if case .directory(let folder) = state { return folder }
            return nil
        }
    }

    /// The entry of `record` in any of the directories; nil when it has to be unpacked, or when nothing is known by
    /// which to find it.
    package func lookup(_ record: PackageRecord) -> CacheEntry? {
        guard let name = Self.entryName(record, sha256: record.sha256, md5: record.md5) else {
            return lookupByURL(record)
        }
        for directory in directories {
            guard let entry = try? CacheEntry.read("\(directory)/\(Self.folder)/\(name)") else { continue }
            if let sha256 = record.sha256 {
                if entry.facts.sha256 == sha256 { return entry }
            } else if entry.facts.md5 == record.md5,
                let real = Self.entryName(record, sha256: entry.facts.sha256, md5: nil)
            {
                // What was found is another name of the entry, and records are to tell of the entry itself.
                return CacheEntry(
                    directory: "\(directory)/\(Self.folder)/\(real)", manifest: entry.manifest, facts: entry.facts)
            }
        }
        return nil
    }

    /// The entries of `records`, read by several threads.
    package func lookup(_ records: [PackageRecord]) -> [CacheEntry?] {
        let found = Mutex<[CacheEntry?]>(Array(repeating: nil, count: records.count))
        // The body fails in nothing.
        try? forEachInParallel(records.count, name: "lookup") { (index) throws(Failure) in
            let entry = lookup(records[index])
            found.withLock { $0[index] = entry }
        }
        return found.withLock { $0 }
    }

    /// An archive that another tool has left in one of the directories and whose size fits; unpacking verifies it.
    package func findArchive(_ record: PackageRecord) -> String? {
        // Without a SHA-256 a file of the same name is no proof of anything.
        guard record.sha256 != nil, Self.isFileName(record.fileName) else { return nil }
        let folders = [Self.channelFolder(record.url), nil]
        for directory in directories {
            for folder in folders {
                let path = Path.join(directory, folder.map { "\($0)/\(record.fileName)" } ?? record.fileName)
                guard let status = try? FileSystem.status(path), status.kind == .regular, status.size > 0 else {
                    continue
                }
                if record.size == nil || record.size == status.size { return path }
            }
        }
        return nil
    }

    /// Where in a package cache micromamba 2.8 keeps what comes from `url`: `https/HOST/conda-forge/noarch`;
    /// nil when that is not below the cache.
    private static func channelFolder(_ url: String) -> String? {
        var parts = url.separatingCredentials.plain.split(separator: "/").dropLast()
        guard let scheme = parts.popFirst(), scheme.utf8.last == UInt8(ascii: ":"), !parts.contains("..") else {
            return nil
        }
        return ([scheme.dropLast()] + parts).map { $0.split(separator: ":", omittingEmptySubsequences: false) }
            .map { $0.joined(separator: "_") }.joined(separator: "/")
    }

    /// Unpacks `record` from `source` into the cache and answers its entry, which may be one that another process put
    /// there in the meantime. Throws without leaving anything behind.
    package func store(_ record: PackageRecord, from source: PackageSource) throws(Failure) -> CacheEntry {
        guard let folder = writableDirectory else {
            throw Failure(
                .system, directories.first ?? "package cache", "no package cache can be written",
                hint: "use --no-cache, or set CONDA_PKGS_DIRS to a directory that you can write")
        }
        let unpacker = PackageUnpacker(limits: limits, cancellation: cancellation)
        let staging = folder + "/" + temporaryName(prefix: Self.stagingPrefix)
        let staged = try unpacker.unpack(record, from: source, to: staging)
        do throws(Failure) {
            let name = Self.entryName(
                record, sha256: record.sha256 ?? staged.facts.sha256, md5: nil)
            guard let name else { throw Failure(.integrity, record.name, "its name cannot be a file's name") }
            if synchronize { try Self.synchronize(staging) }
            let entry = try publish(staged, as: folder + "/" + name)
            if record.sha256 == nil, let alias = Self.entryName(record, sha256: nil, md5: record.md5) {
                // So that a record that knows only an MD5 finds it; without the link it is unpacked again.
                try? FileSystem.symbolicLink(target: name, path: folder + "/" + alias)
            }
            return entry
        } catch {
            try? FileSystem.removeTree(staging)
            throw error
        }
    }

    /// Renames a staged entry to its place, or uses the one that is there.
    private func publish(_ staged: CacheEntry, as place: String) throws(Failure) -> CacheEntry {
        for _ in 0..<8 {
            do throws(Errno) {
                try FileSystem.renameWithoutReplacing(
                    from: staged.directory, at: .currentDirectory, to: place, at: .currentDirectory)
                return CacheEntry(
                    directory: place, manifest: staged.manifest, facts: staged.facts, isNew: true, setIDs: staged.setIDs
                )
            } catch {
                guard error == .exists || error == .notEmpty || error == .notDirectory else {
                    throw Failure(error, place, "rename to this")
                }
            }
            if let present = try CacheEntry.read(place), present.facts.sha256 == staged.facts.sha256 {
                try FileSystem.removeTree(staged.directory)
                return present
            }
            // What is there is damaged; out of the way with it, whole, so that nobody reads half of it.
            discardIfDamaged(place)
        }
        throw Failure(.system, place, "something keeps taking this place in the package cache")
    }

    /// Takes an entry out of the cache at one instant and then removes it.
    package func discard(_ directory: String) {
        let away = Path.parent(directory) + "/" + temporaryName(prefix: Self.brokenPrefix)
        guard (try? FileSystem.rename(from: directory, to: away)) != nil else { return }
        try? FileSystem.removeTree(away)
    }

    /// Like ``discard(_:)``, unless another process has put a whole entry there in the meantime.
    private func discardIfDamaged(_ place: String) {
        let away = Path.parent(place) + "/" + temporaryName(prefix: Self.brokenPrefix)
        guard (try? FileSystem.rename(from: place, to: away)) != nil else { return }
        if (try? CacheEntry.read(away)) != nil, (try? FileSystem.rename(from: away, to: place, noReplace: true)) != nil
        {
            return
        }
        try? FileSystem.removeTree(away)
    }

    private static func synchronize(_ directory: String) throws(Failure) {
        let descriptor = try Descriptor.openDirectory(directory)
        do throws(Errno) {
            try SystemCall.synchronizeFileSystem(descriptor)
        } catch {
            throw Failure(error, directory, "synchronize")
        }
    }
}

extension PackageCache {
    static let stagingPrefix = ".staging-"
    static let brokenPrefix = ".broken-"

    /// `numpy-2.1.0-py311_0-0123456789abcdef`: the distribution and the start of its digest; nil without a digest or
    /// when the names cannot be part of a file's name.
    package static func entryName(_ record: PackageRecord, sha256: SHA256Digest?, md5: MD5Digest?) -> String? {
        guard isFileName(record.distribution) else { return nil }
        if let sha256 { return "\(record.distribution)-\(sha256.hex.prefix(16))" }
        if let md5 { return "\(record.distribution)-md5-\(md5.hex.prefix(16))" }
        return nil
    }

    /// A plain name that is no path, not hidden and not too long.
    private static func isFileName(_ name: String) -> Bool {
        let bytes = name.utf8
        return !bytes.isEmpty && bytes.count <= 220 && bytes.first != UInt8(ascii: ".")
            && bytes.allSatisfy { $0 > 32 && $0 != 127 && $0 != UInt8(ascii: "/") }
    }

    /// For a record without digests (a bare URL): an entry that came from the same URL.
    private func lookupByURL(_ record: PackageRecord) -> CacheEntry? {
        guard !record.url.isEmpty, !record.name.isEmpty, Self.isFileName(record.distribution) else { return nil }
        for directory in directories {
            let folder = "\(directory)/\(Self.folder)"
            guard let names = try? FileSystem.entries(folder) else { continue }
            for name in names where name.name.hasPrefix(record.distribution + "-") {
                guard let entry = try? CacheEntry.read("\(folder)/\(name.name)"),
                    let bytes = try? readFile(entry.recordPath, limit: 1 << 24),
                    let json = try? JSON.parse(bytes, subject: entry.recordPath), json["url"]?.string == record.url
                else { continue }
                return entry
            }
        }
        return nil
    }

    /// Removes what killed processes left in the middle of their work.
    @discardableResult
    func removeLeftovers(in folder: String, olderThanSeconds age: Int64) -> Int {
        guard let names = try? FileSystem.entries(folder) else { return 0 }
        let now = wallClockSeconds()
        var removed = 0
        for name in names where name.name.hasPrefix(Self.stagingPrefix) || name.name.hasPrefix(Self.brokenPrefix) {
            let path = "\(folder)/\(name.name)"
            // The directory's own time changes with each name made in it; `info/` and others may be newer.
            guard let status = try? FileSystem.status(path, followLinks: false),
                now - status.modified.seconds >= age
            else { continue }
            try? FileSystem.removeTree(path)
            removed += 1
        }
        return removed
    }
}
