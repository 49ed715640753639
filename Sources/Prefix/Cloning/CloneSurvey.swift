// SPDX-License-Identifier: BSD-3-Clause

import Conda
package import Failures
package import Platform
import Synchronization

/// What a clone of an environment has to do beyond linking its packages from the cache again: which files differ from
/// their records, which no record has, and which packages no cache has.
package struct CloneSurvey: Sendable {
    /// A file of a package that is not as its record says.
    package struct Difference: Sendable, Equatable {
        package let package: String
        package let path: String
        package let isMissing: Bool
    }

    package let source: PrefixState
    /// Files that were edited or removed in the source.
    package private(set) var differences: [Difference] = []
    /// Files that no record has.
    package private(set) var unowned: [UnownedFile] = []
    /// Packages that no cache has; their files come from the source.
    package private(set) var uncached: [InstalledRecord] = []
    /// The recorded paths of those packages.
    var uncachedPaths: [[RecordPath]] = []

    /// Looks at `source`, whose packages are linked again from where `cached` has them.
    package static func run(
        _ source: PrefixState, cached: [LinkPackage], cancellation: Cancellation? = nil
    ) throws(Failure) -> CloneSurvey {
        var survey = CloneSurvey(source: source)
        let sources = Dictionary(cached.map { ($0.record.distribution, $0) }) { $1 }
        var listing = try PrefixListing(source.prefix, isIgnored: UnownedFile.isTools)
        let lists = try inParallel(source.records.count) { (index) throws(Failure) in
            try source.records[index].paths()
        }
        let cacheInodes = try inodes(source.records.map { sources[$0.distribution] }, cancellation)
        var suspects: [(package: String, path: RecordPath)] = []
        for (index, record) in source.records.enumerated() {
            if sources[record.distribution] == nil {
                survey.uncached.append(record)
                survey.uncachedPaths.append(lists[index])
            }
            for path in lists[index] {
                if path.kind == .directory { continue }
                let found = listing.own(path.path)
                if path.kind == .compiled { continue }
                guard let file = found else {
                    survey.differences.append(.init(package: record.name, path: path.path, isMissing: true))
                    continue
                }
                // The very file that the cache has needs no second look.
                if file.kind == .regular, cacheInodes[index].contains(file.inode) { continue }
                suspects.append((record.name, path))
            }
        }
        try survey.compare(suspects, cancellation)
        survey.differences.sort { ($0.package, $0.path) < ($1.package, $1.path) }
        survey.unowned = try UnownedFile.classify(
            listing.files.lazy.filter { !$0.value.isOwned }.map { ($0.key, $0.value.kind) }, in: source.prefix,
            isOwned: { listing.files[$0]?.isOwned ?? false })
        return survey
    }

    private init(source: PrefixState) {
        self.source = source
    }

    /// The numbers of the files of each package in the cache.
    private static func inodes(
        _ packages: [LinkPackage?], _ cancellation: Cancellation?
    ) throws(Failure) -> [Set<UInt64>] {
        try inParallel(packages.count) { (index) throws(Failure) in
            try cancellation?.check()
            guard let package = packages[index] else { return [] }
            let opened = try Descriptor.openDirectory(package.source)
            var inodes: Set<UInt64> = []
            for directory in package.manifest.directories where directory.firstEntry < directory.endEntry {
                let path = package.manifest.path(of: directory)
                guard let listed = try? Descriptor.openDirectory(path.isEmpty ? "." : path, at: opened.reference) else {
                    continue
                }
                try? FileSystem.forEachNumberedEntry(of: listed) { _, kind, inode in
                    if kind == .regular { inodes.insert(inode) }
                }
            }
            return inodes
        }
    }

    /// Hashes files that are not the cache's own: those with the prefix in them, copies, and edited ones.
    private mutating func compare(
        _ suspects: [(package: String, path: RecordPath)], _ cancellation: Cancellation?
    ) throws(Failure) {
        let opened = try Descriptor.openDirectory(source.prefix)
        let root = opened.reference
        let found = Mutex<[Difference]>([])
        try forEachInParallel(suspects.count, name: "compare") { (index) throws(Failure) in
            try cancellation?.check()
            let (package, path) = suspects[index]
            guard Verification.check(path, .hashes, at: root) != nil else { return }
            found.withLock { $0.append(Difference(package: package, path: path.path, isMissing: false)) }
        }
        differences += found.withLock { $0 }
    }
}
