// SPDX-License-Identifier: BSD-3-Clause
package import Failures
package import Platform

/// Unpacks many archives at once while they arrive: a few workers, transfers begun ahead of them, bounded memory.
package struct PackageFetcher: Sendable {
    /// Archives that are unpacked at one time.
    ///
    /// Each may need a window of 8 MiB, so many processors do not mean as many workers.
    package var workers = min(processorCount() + 1, 8)
    /// Transfers of small packages begun ahead of the workers; each holds at most what its pipe does.
    package var ahead = 12
    /// More small ones are begun as long as all of them together hold no more than this: bytes.
    package var aheadBytes: UInt64 = 6 << 20
    package var cancellation: Cancellation?

    package init(cancellation: Cancellation? = nil) {
        self.cancellation = cancellation
    }

    /// One window, and little that waits for it: slower, in a third of the memory.
    package mutating func saveMemory() {
        workers = 1
        ahead = 2
        aheadBytes = 0
    }

    /// Calls `open` for each of `0 ..< sizes.count` to begin its transfer, and `unpack` on a worker's thread with what
    /// came of it. `sizes` are those of the archives, 0 when unknown. Returns when all are done; throws the first
    /// failure after everything else was stopped.
    package func run(
        sizes: [UInt64], open: @escaping @Sendable (Int) throws(Failure) -> PackageSource,
        unpack: @escaping @Sendable (Int, PackageSource) throws(Failure) -> Void
    ) throws(Failure) {
        if sizes.isEmpty { return }
        let count = max(1, min(workers, sizes.count))
        let queue = Monitor(FetchQueue(sizes: sizes, workers: count, ahead: ahead, aheadBytes: aheadBytes))
        let cancellation = cancellation
        var threads: [JoinableThread] = []
        let work = { @Sendable () -> Void in
            while Self.step(queue, cancellation, open, unpack) {}
        }
        for _ in 0..<count {
            guard let thread = try? Thread("unpack", stackSize: 512 * 1024, work) else { break }
            threads.append(thread.take())
        }
        if threads.isEmpty { work() }
        for thread in threads { thread.join() }
        if let failure = queue.withLock({ $0.failure }) { throw failure }
    }

    /// Begins transfers that are due and unpacks one package; false when nothing is left.
    private static func step(
        _ queue: Monitor<FetchQueue>, _ cancellation: Cancellation?,
        _ open: (Int) throws(Failure) -> PackageSource, _ unpack: (Int, PackageSource) throws(Failure) -> Void
    ) -> Bool {
        do throws(Failure) {
            try cancellation?.check()
            switch queue.waitFor({ $0.nextStep() }) {
            case .stop:
                return false
            case .open(let index, let isLarge):
                let source = try open(index)
                let opened = FetchQueue.Opened(index: index, source: source, isLarge: isLarge)
                if !queue.withLock({ $0.add(opened) }) { source.cancel() }
            case .unpack(let taken):
                try unpack(taken.index, taken.source)
                queue.withLock { $0.finish(taken.index) }
            }
            queue.wakeAll()
            return true
        } catch {
            let sources = queue.withLock { $0.fail(error) }
            queue.wakeAll()
            for source in sources { source.cancel() }
            return false
        }
    }
}
