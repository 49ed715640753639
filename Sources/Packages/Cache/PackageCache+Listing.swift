// SPDX-License-Identifier: BSD-3-Clause
import Conda
package import Failures
import Platform

/// One entry of a package cache, for lists and for cleaning.
package struct CacheListing: Sendable {
    /// `name-version-build-digest`
    package let name: String
    package let entry: CacheEntry
    /// False in a directory that cannot be written.
    package let isRemovable: Bool
}

extension PackageCache {
    /// Every whole entry of every directory, by name.
    package func entries() -> [CacheListing] {
        var found: [CacheListing] = []
        for directory in directories {
            let folder = "\(directory)/\(Self.folder)"
            guard let names = try? FileSystem.entries(folder) else { continue }
            let removable = FileSystem.isWritableDirectory(folder)
            for name in names where name.kind != .symbolicLink && !name.name.utf8.starts(with: ".".utf8) {
                guard let entry = try? CacheEntry.read("\(folder)/\(name.name)") else { continue }
                found.append(CacheListing(name: name.name, entry: entry, isRemovable: removable))
            }
        }
        return found.sorted { $0.name < $1.name }
    }

    /// Whether some file of `entry` has a name outside of the cache, that is, in an environment.
    package static func isUsed(_ entry: CacheEntry) -> Bool {
        guard let root = try? Descriptor.openDirectory(entry.directory) else { return false }
        var names: [UInt64: UInt64] = [:]
        var links: [UInt64: UInt64] = [:]
        for file in entry.manifest.entries where file.kind == .hardLink {
            let path = entry.manifest.path(of: file)
            guard let status = try? SystemCall.status(path, followLinks: false, at: root.reference) else { continue }
            // A package may have a file under several names itself.
            if status.linkCount > 1 {
                names[status.inode, default: 0] += 1
                links[status.inode] = status.linkCount
            }
        }
        return names.contains { links[$0.key, default: 0] > $0.value }
    }
}

/// What cleaning would remove or has removed.
package struct CleaningReport: Sendable {
    package struct Item: Sendable {
        package let path: String
        package let bytes: UInt64
    }

    package var items: [Item] = []
    /// What could not be removed, and why.
    package var failures: [Failure] = []

    package var bytes: UInt64 { items.map(\.bytes).saturatingSum }
}

extension PackageCache {
    /// What is to be removed.
    package struct Cleaning: Sendable {
        /// Entries that no environment shares files with.
        package var unused = false
        /// All entries.
        package var everything = false
        /// Archives that other tools left.
        package var archives = false
        /// What killed processes left, if older than an hour; with ``everything`` of any age.
        package var leftovers = true

        package init() {}
    }

    /// Removes what `cleaning` says from every directory that can be written; only tells it when `dryRun`.
    package func clean(_ cleaning: Cleaning, dryRun: Bool) -> CleaningReport {
        var report = CleaningReport()
        if cleaning.unused || cleaning.everything {
            for listing in entries() where listing.isRemovable {
                if !cleaning.everything, Self.isUsed(listing.entry) { continue }
                report.items.append(.init(path: listing.entry.directory, bytes: listing.entry.facts.byteCount))
                if !dryRun { discard(listing.entry.directory) }
            }
        }
        for directory in directories {
            let folder = "\(directory)/\(Self.folder)"
            if cleaning.leftovers, !dryRun {
                removeLeftovers(in: folder, olderThanSeconds: cleaning.everything ? 0 : 3600)
                removeDanglingLinks(in: folder)
            }
            if cleaning.archives { removeArchives(in: directory, dryRun: dryRun, &report) }
        }
        return report
    }

    private func removeArchives(in directory: String, dryRun: Bool, _ report: inout CleaningReport) {
        guard let names = try? FileSystem.entries(directory) else { return }
        for name in names where ArchiveFormat(fileName: name.name) != nil {
            let path = "\(directory)/\(name.name)"
            guard let status = try? FileSystem.status(path, followLinks: false), status.kind == .regular else {
                continue
            }
            do throws(Failure) {
                if !dryRun { try FileSystem.unlink(path) }
                report.items.append(.init(path: path, bytes: status.size))
            } catch {
                report.failures.append(error)
            }
        }
    }

    /// Names by MD5 whose entry is gone.
    private func removeDanglingLinks(in folder: String) {
        guard let names = try? FileSystem.entries(folder) else { return }
        for name in names where name.kind == .symbolicLink {
            let path = "\(folder)/\(name.name)"
            if !FileSystem.exists(path) { try? FileSystem.unlink(path) }
        }
    }
}
