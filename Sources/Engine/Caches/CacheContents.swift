// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Configuration
import Packages
import Platform

/// What the package caches of this user hold.
package struct CacheContents: Sendable {
    package struct Entry: Sendable {
        /// `name-version-build-digest`
        package var name: String
        package var directory: String
        package var bytes: UInt64
        package var files: UInt64
        package var sha256: String
        /// Some environment shares files with it.
        package var isUsed: Bool
    }

    /// An entry with files that are not what the package shipped.
    package struct Damaged: Sendable {
        package var name: String
        package var directory: String
        /// Path and what is wrong with it.
        package var problems: [(path: String, problem: String)]
        package var isRemovable: Bool
    }

    package let directories: [String]
    private let context: Context

    package init(_ context: Context) {
        self.context = context
        directories = context.packageCache.directories
    }

    package func entries() -> [Entry] {
        context.packageCache.entries().map { listing in
            let entry = listing.entry
            return Entry(
                name: listing.name, directory: entry.directory, bytes: entry.facts.byteCount,
                files: entry.facts.entryCount, sha256: entry.facts.sha256.hex, isUsed: PackageCache.isUsed(entry))
        }
    }

    /// Bytes of unpacked packages, compiled files and indexes.
    package func sizes() -> (packages: UInt64, compiled: UInt64, indexes: UInt64) {
        var sizes: (packages: UInt64, compiled: UInt64, indexes: UInt64) = (0, 0, 0)
        for directory in directories {
            sizes.packages += treeSize("\(directory)/krait-v1")
            sizes.compiled += treeSize("\(directory)/krait-pyc-v1")
            sizes.indexes += treeSize("\(directory)/cache/krait-index-v1")
        }
        return sizes
    }

    /// Compares every file of every entry with what its package shipped.
    package func verify() -> (checked: Int, damaged: [Damaged]) {
        let listings = context.packageCache.entries()
        let damaged = listings.compactMap { listing -> Damaged? in
            let problems = listing.entry.problems(contents: true, cancellation: context.cancellation)
            guard !problems.isEmpty else { return nil }
            return Damaged(
                name: listing.name, directory: listing.entry.directory,
                problems: problems.map { ($0.path, $0.kind.rawValue) }, isRemovable: listing.isRemovable)
        }
        return (listings.count, damaged)
    }

    /// Takes damaged entries out, to be fetched again when somebody needs them.
    package func discard(_ damaged: [Damaged]) {
        for entry in damaged where entry.isRemovable { context.packageCache.discard(entry.directory) }
    }
}
