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
                if (try? FileSystem.status(directory, followLinks: false))??.kind == .symbolicLink {
                    notes.append("\(directory): is a link, and what it leads to may be more than a package directory")
                    continue
                }
                for name in names(in: directory) { add(.directories, "\(directory)/\(name)") }
            }
        } else {
            if cleaning.packages || cleaning.refetchable { addPackages(cleaning, cache, context) }
            if cleaning.indexes {
                for index in parts("cache/krait-index-v1", of: cache) { addExisting(.indexes, index) }
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
        let folders = Set(parts("krait-v1", of: cache))
        for listing in cache.entries() where folders.contains(Path.parent(listing.entry.directory)) {
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
        for store in parts("krait-pyc-v1", of: cache) where FileSystem.isWritableDirectory(store) {
            for name in names(in: store) where !kept.contains(name) && !name.hasPrefix(".staging-") {
                add(.compiled, "\(store)/\(name)")
            }
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
        for folder in parts("krait-v1", of: context.packageCache) + parts("krait-pyc-v1", of: context.packageCache) {
            for name in names(in: folder) where name.hasPrefix(".staging-") || name.hasPrefix(".broken-") {
                addIfOld(.trash, "\(folder)/\(name)")
            }
        }
        for folder in parts("cache/krait-index-v1", of: context.packageCache) {
            for name in names(in: folder) where name.hasPrefix(".new-") { addIfOld(.trash, "\(folder)/\(name)") }
        }
        let places =
            context.settings.environmentDirectories
            + ((try? EnvironmentList(context))?.environments.map { Path.parent($0.prefix) } ?? [])
        var seen: Set<String> = []
        for place in places where seen.insert(place).inserted {
            for path in StagingDirectory.left(in: place, key: context.changeKey) { add(.trash, path) }
        }
    }

    /// The directories of this name in the package directories; one that is a link, or lies behind one, is not krait's.
    private func parts(_ name: String, of cache: PackageCache) -> [String] {
        cache.directories.filter { directory in
            guard let opened = try? Descriptor.openDirectory(directory) else { return false }
            return (try? SystemCall.openBeneath(name, [.directory, .pathOnly], at: opened.reference)) != nil
        }.map { "\($0)/\(name)" }
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
                try remove(item, context)
                done.append(item)
            } catch {
                notes.append("\(error.subject): \(error.reason)")
            }
        }
        items = done
    }

    /// Removes one item beneath the package directory that it was found in, and what processes left beside
    /// environments where it still has this user's mark.
    private func remove(_ item: Item, _ context: Context) throws(Failure) {
        guard let directory = context.packageCache.directories.first(where: { item.path.hasPrefix($0 + "/") }) else {
            StagingDirectory.removeLeft(in: Path.parent(item.path), key: context.changeKey)
            guard FileSystem.exists(item.path) else { return }
            throw Failure(.system, item.path, "could not be removed")
        }
        let opened = try Descriptor.openDirectory(directory)
        var tree = Beneath(opened.reference)
        do throws(Errno) {
            try tree.removeTree(String(item.path.dropFirst(directory.count + 1)))
        } catch {
            throw Failure(error, item.path, "remove")
        }
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
