// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Configuration
import Failures
import Locations
import Packages
import Platform
import Prefix

/// What is to be removed from the caches of this user. Only what krait made, unless `everything` is asked for.
package struct CacheCleaning: Sendable {
    /// Unpacked packages that no environment shares files with, and what was compiled of them.
    package var packages = false
    /// Archives in the package directories. krait keeps none; those of other tools go with `everything` only.
    package var archives = false
    /// Indexes of channels.
    package var indexes = false
    /// Files that lock. krait has none; those of other tools go with `everything` only.
    package var locks = false
    /// What killed processes left.
    package var trash = false
    /// Environments of `exec` in which nothing runs.
    package var environments = false
    /// All of the package directories, whoever made what is in them (`--force-pkgs-dirs`).
    package var everything = false
    /// Unpacked packages that can be fetched again, used or not; indexes and compiled files stay (`--ci`).
    package var refetchable = false

    package init() {}

    package var isEmpty: Bool {
        !(packages || archives || indexes || locks || trash || environments || everything || refetchable)
    }
}

/// What cleaning would free or has freed.
package struct CleanedCaches: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case environments, packages, compiled, archives, indexes, locks, trash, directories
    }

    package struct Item: Sendable {
        package var kind: Kind
        package var path: String
        package var bytes: UInt64
    }

    package private(set) var items: [Item] = []
    /// What is worth telling, or could not be removed.
    package private(set) var notes: [String] = []

    package var bytes: UInt64 { items.map(\.bytes).saturatingSum }

    /// Looks for what `cleaning` names.
    package init(_ cleaning: CacheCleaning, _ context: Context) {
        let cache = context.packageCache
        if cleaning.environments {
            for slot in CachedEnvironments(context)?.unused(days: 0) ?? [] { add(.environments, slot.directory) }
        }
        if cleaning.everything {
            for directory in cache.directories where FileSystem.isWritableDirectory(directory) {
                for name in names(in: directory) { add(.directories, "\(directory)/\(name)") }
            }
        } else {
            if cleaning.packages || cleaning.refetchable { addPackages(cleaning, cache, context) }
            if cleaning.indexes {
                for directory in cache.directories { addExisting(.indexes, "\(directory)/cache/krait-index-v1") }
            }
            if cleaning.archives {
                notes.append("krait keeps no archives; those of other tools go with --force-pkgs-dirs")
            }
            if cleaning.locks {
                notes.append("krait has no lock files; those of other tools go with --force-pkgs-dirs")
            }
        }
        if cleaning.trash { addTrash(context) }
    }

    private mutating func addPackages(_ cleaning: CacheCleaning, _ cache: PackageCache, _ context: Context) {
        var kept: Set<String> = []
        let softLinked = SoftLinkedEntries(context)
        if let closed = softLinked.closed.first {
            notes.append(
                "unpacked packages stay: \(closed) may have symbolic links to them, and cannot be looked into")
        }
        for listing in cache.entries() {
            let isFree = softLinked.closed.isEmpty && !softLinked.names.contains(listing.name)
            let isUnwanted =
                isFree
                && (cleaning.refetchable && Self.canBeFetched(listing.entry)
                    || cleaning.packages && !PackageCache.isUsed(listing.entry))
            if listing.isRemovable, isUnwanted {
                items.append(Item(kind: .packages, path: listing.entry.directory, bytes: listing.entry.facts.byteCount))
            } else {
                kept.insert(listing.name)
            }
        }
        // Compiled files are dear; they stay for as long as their package, and in CI for the next job.
        guard cleaning.packages, !cleaning.refetchable else { return }
        for directory in cache.directories {
            let store = "\(directory)/krait-pyc-v1"
            guard FileSystem.isWritableDirectory(store) else { continue }
            for name in names(in: store) where !kept.contains(name) { add(.compiled, "\(store)/\(name)") }
        }
    }

    /// Whether the record of an entry has an address to fetch it from.
    private static func canBeFetched(_ entry: CacheEntry) -> Bool {
        guard let bytes = try? readFile(entry.recordPath, limit: 1 << 26),
            let url = (try? JSON.parse(bytes, subject: entry.recordPath))?["url"]?.string
        else { return false }
        return url.hasPrefix("https://") || url.hasPrefix("http://")
            || url.hasPrefix("file://") && FileSystem.exists(String(url.dropFirst(7)).percentDecoded)
    }

    private mutating func addTrash(_ context: Context) {
        for directory in context.packageCache.directories {
            let folder = "\(directory)/krait-v1"
            for name in names(in: folder) where name.hasPrefix(".staging-") || name.hasPrefix(".broken-") {
                let path = "\(folder)/\(name)"
                guard let status = try? FileSystem.status(path, followLinks: false),
                    wallClockSeconds() - status.modified.seconds >= 3600
                else { continue }
                add(.trash, path)
            }
            for name in names(in: "\(directory)/cache/krait-index-v1") where name.hasPrefix(".new-") {
                addIfOld(.trash, "\(directory)/cache/krait-index-v1/\(name)")
            }
        }
        let places =
            context.settings.environmentDirectories
            + ((try? EnvironmentList(context))?.environments.map { Path.parent($0.prefix) } ?? [])
        var seen: Set<String> = []
        for place in places where seen.insert(place).inserted {
            for path in StagingDirectory.left(in: place, key: context.changeKey) { add(.trash, path) }
        }
    }

    private mutating func addIfOld(_ kind: Kind, _ path: String) {
        guard let status = try? FileSystem.status(path, followLinks: false),
            wallClockSeconds() - status.modified.seconds >= 3600
        else { return }
        add(kind, path)
    }

    private mutating func addExisting(_ kind: Kind, _ path: String) {
        // An empty one is made anew by the next command.
        if !names(in: path).isEmpty { add(kind, path) }
    }

    private mutating func add(_ kind: Kind, _ path: String) {
        items.append(Item(kind: kind, path: path, bytes: treeSize(path)))
    }

    /// Removes what was found; what cannot be is a note.
    package mutating func remove(_ context: Context) {
        var done: [Item] = []
        for item in items {
            if item.kind == .environments {
                // What was begun in one since then goes on.
                let slot = EnvironmentSlot(directory: item.path)
                if slot.removeAll(key: context.changeKey) { done.append(item) }
                continue
            }
            if item.kind == .packages {
                // Out of sight at one instant: another process may be reading it.
                context.packageCache.discard(item.path)
                if FileSystem.exists(item.path) {
                    notes.append("\(item.path): could not be removed")
                } else {
                    done.append(item)
                }
                continue
            }
            do throws(Failure) {
                try FileSystem.removeTree(item.path)
                done.append(item)
            } catch {
                notes.append("\(error.subject): \(error.reason)")
            }
        }
        items = done
    }
}

private func names(in directory: String) -> [String] {
    ((try? FileSystem.entries(directory)) ?? []).map(\.name).sorted()
}

/// Bytes of all files at and below `path`, each name counted.
func treeSize(_ path: String) -> UInt64 {
    guard let status = try? FileSystem.status(path, followLinks: false) else { return 0 }
    guard status.kind == .directory else { return status.size }
    return names(in: path).map { treeSize("\(path)/\($0)") }.saturatingSum
}
