// SPDX-License-Identifier: BSD-3-Clause
import Archives
import Conda
import Failures
import Foundation
import Platform
import Testing

@testable import Packages

/// Many packages at once from pipes.
@Suite struct PackageFetcherTests {
    private let temporary = TemporaryDirectory()

    /// Feeds `bytes` into a pipe from a thread of its own, piece by piece, as a network thread would.
    private static func feed(_ bytes: [UInt8], into pipe: BytePipe) {
        let room = Monitor(0)
        pipe.setOnSpace {
            room.withLock { $0 += 1 }
            room.wakeAll()
        }
        try? startThread("feed") {
            var place = 0
            while place < bytes.count, !pipe.isCancelled {
                let count = min(1000, bytes.count - place)
                let seen = room.withLock { $0 }
                let taken = bytes.withUnsafeBytes {
                    pipe.offer(UnsafeRawBufferPointer(rebasing: $0[place..<place + count]))
                }
                if taken {
                    place += count
                } else {
                    room.waitFor { $0 != seen ? () : nil }
                }
            }
            pipe.finish()
        }
    }

    private func archives(_ count: Int, large: Set<Int> = []) throws -> [(bytes: [UInt8], record: PackageRecord)] {
        try (0..<count).map { index in
            var archive = TestArchive.honest()
            var state = UInt64(index + 1)
            let size = large.contains(index) ? 3 << 20 : 5000
            let noise = (0..<size).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: state >> 33)
            }
            archive.package.add(Array("share/noise".utf8), data: noise)
            let bytes = try archive.conda()
            var record = TestArchive.record("hostile-\(index)-0.conda", bytes)
            record.version = "\(index)"
            return (bytes, record)
        }
    }

    @Test func packagesFromPipesArriveWhole() throws {
        let archives = try archives(30, large: [3, 11])
        let cache = PackageCache(directories: [temporary / "cache"])
        let ready = Monitor<Set<Int>>([])
        try cache.fetchAll(archives.map(\.record), fetcher: PackageFetcher()) { (index) throws(Failure) in
            let pipe = BytePipe(capacity: 64 * 1024)
            Self.feed(archives[index].bytes, into: pipe)
            return .pipe(pipe)
        } ready: { (index, entry) throws(Failure) in
            #expect(entry.problems(contents: true).isEmpty)
            ready.withLock { _ = $0.insert(index) }
        }
        #expect(ready.withLock { $0.count } == 30)
    }

    @Test func aStalledLargePackageDoesNotHoldUpSmallOnes() throws {
        let archives = try archives(20, large: [0, 1, 2])
        let cache = PackageCache(directories: [temporary / "cache"])
        let smallDone = Monitor(0)
        try cache.fetchAll(archives.map(\.record), fetcher: PackageFetcher()) { (index) throws(Failure) in
            let pipe = BytePipe(capacity: 64 * 1024)
            if index < 3 {
                // Its bytes come only after every small package is done.
                try startThread("late") {
                    smallDone.waitFor { $0 == 17 ? () : nil }
                    Self.feed(archives[index].bytes, into: pipe)
                }
            } else {
                Self.feed(archives[index].bytes, into: pipe)
            }
            return .pipe(pipe)
        } ready: { (index, _) throws(Failure) in
            guard index >= 3 else { return }
            smallDone.withLock { $0 += 1 }
            smallDone.wakeAll()
        }
        #expect(cache.entries().count == 20)
    }

    @Test func firstFailureStopsEverything() throws {
        let archives = try archives(20)
        let cache = PackageCache(directories: [temporary / "cache"])
        let pipes = Monitor<[BytePipe]>([])
        let failure = #expect(throws: Failure.self) {
            try cache.fetchAll(archives.map(\.record), fetcher: PackageFetcher()) { (index) throws(Failure) in
                let pipe = BytePipe(capacity: 64 * 1024)
                pipes.withLock { $0.append(pipe) }
                if index == 7 {
                    pipe.fail(Failure(.network, "server", "is gone"))
                } else if index % 2 == 0 {
                    Self.feed(archives[index].bytes, into: pipe)
                }
                // The odd ones never deliver anything: only cancelling them ends their readers.
                return .pipe(pipe)
            } ready: { (_, _) throws(Failure) in
            }
        }
        #expect(failure?.code == .network)
        #expect(pipes.withLock { $0 }.allSatisfy { $0.isCancelled || $0.isReady })
        let left = try FileSystem.entries(temporary / "cache/krait-v1").map(\.name).filter { $0.hasPrefix(".") }
        #expect(left.isEmpty)
    }

    @Test func cancellationIsHeard() throws {
        let archives = try archives(4)
        let cancellation = Cancellation()
        cancellation.cancel(.interrupted)
        let cache = PackageCache(directories: [temporary / "cache"], cancellation: cancellation)
        let failure = #expect(throws: Failure.self) {
            try cache.fetchAll(archives.map(\.record), fetcher: PackageFetcher(cancellation: cancellation)) {
                (_) throws(Failure) in
                .pipe(BytePipe())
            } ready: { (_, _) throws(Failure) in
            }
        }
        #expect(failure?.code == .interrupted)
    }
}

extension PackageCache {
    /// Stores what `open` brings of `records`, many at once; `ready` is called for each that is complete.
    func fetchAll(
        _ records: [PackageRecord], fetcher: PackageFetcher,
        open: @escaping @Sendable (Int) throws(Failure) -> PackageSource,
        ready: @escaping @Sendable (Int, CacheEntry) throws(Failure) -> Void
    ) throws(Failure) {
        try fetcher.run(sizes: records.map { $0.size ?? 0 }, open: open) { (index, source) throws(Failure) in
            try ready(index, try self.store(records[index], from: source))
        }
    }
}
