// SPDX-License-Identifier: BSD-3-Clause
package import Conda
package import Failures

extension PackageCache {
    /// Puts all of `records` into the cache, many at once; entries that are there already are not looked for.
    ///
    /// `open` begins the transfer of one archive and is not called for one that another tool left in a cache directory.
    /// `ready` is called on a worker's thread, in the order in which packages are complete.
    package func fetchAll(
        _ records: [PackageRecord], fetcher: PackageFetcher,
        open: @escaping @Sendable (Int) throws(Failure) -> PackageSource,
        ready: @escaping @Sendable (Int, CacheEntry) throws(Failure) -> Void
    ) throws(Failure) {
        try fetcher.run(sizes: records.map { $0.size ?? 0 }) { (index) throws(Failure) in
            if let path = self.findArchive(records[index]) { return .file(path) }
            return try open(index)
        } unpack: { (index, source) throws(Failure) in
            let entry: CacheEntry
            do throws(Failure) {
                entry = try self.store(records[index], from: source)
            } catch {
                // Another tool's archive that proves to be something else is no reason to fail.
                guard error.code == .integrity, case .file = source else { throw error }
                let again = try open(index)
                if case .file(let path) = again, case .file(let first) = source, path == first { throw error }
                entry = try self.store(records[index], from: again)
            }
            try ready(index, entry)
        }
    }
}

extension PackageUnpacker {
    /// Unpacks all of `records`, many at once, each into a new directory of its own that `place` names.
    package func unpackAll(
        _ records: [PackageRecord], fetcher: PackageFetcher, place: @escaping @Sendable (Int) -> String,
        open: @escaping @Sendable (Int) throws(Failure) -> PackageSource,
        ready: @escaping @Sendable (Int, CacheEntry) throws(Failure) -> Void
    ) throws(Failure) {
        try fetcher.run(sizes: records.map { $0.size ?? 0 }, open: open) { (index, source) throws(Failure) in
            try ready(index, try self.unpack(records[index], from: source, to: place(index)))
        }
    }
}
