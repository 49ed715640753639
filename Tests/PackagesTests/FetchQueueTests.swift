// SPDX-License-Identifier: BSD-3-Clause
import Platform
import Testing

@testable import Packages

/// How many transfers are begun ahead of the workers.
@Suite struct FetchQueueTests {
    /// The transfers that begin before anybody unpacks, of 100 packages whose lock tells no sizes; the head of each answer
    /// tells `total` bytes.
    private func begun(total: UInt64) -> Int {
        var queue = FetchQueue(
            sizes: Array(repeating: 0, count: 100), workers: 2, ahead: 12, aheadBytes: PackageFetcher().aheadBytes)
        var count = 0
        while case .open(let index, let isLarge)? = queue.nextStep() {
            let pipe = BytePipe(capacity: Int(FetchQueue.pipeSize))
            pipe.expect(total: total)
            guard queue.add(FetchQueue.Opened(index: index, source: .pipe(pipe), isLarge: isLarge)) else { break }
            count += 1
        }
        return count
    }

    /// The packages of `totals` bytes, without sizes in the lock, that some workers take at one time.
    private func taken(totals: [UInt64], workers: Int = 3) -> [UInt64] {
        var queue = FetchQueue(sizes: totals.map { _ in 0 }, workers: workers, ahead: 12)
        var taken: [UInt64] = []
        while taken.count < workers, let step = queue.nextStep() {
            switch step {
            case .open(let index, let isLarge):
                let pipe = BytePipe(capacity: Int(FetchQueue.pipeSize))
                pipe.expect(total: totals[index])
                _ = queue.add(FetchQueue.Opened(index: index, source: .pipe(pipe), isLarge: isLarge))
            case .unpack(let opened): taken.append(totals[opened.index])
            case .stop: return taken
            }
        }
        return taken
    }

    /// Each heavy one takes a window of memory, so one worker is left to the others, as where sizes are known.
    @Test func heavyOnesAreToldByTheirHeads() {
        let heavy = FetchQueue.heavySize + 1
        #expect(taken(totals: [heavy, heavy, heavy, 10, heavy]).filter { $0 == heavy }.count == 2)
        #expect(taken(totals: [heavy, heavy, heavy, 10, heavy], workers: 2).filter { $0 == heavy }.count == 1)
    }

    /// Where all that waits is heavy, every processor has one.
    @Test func heavyOnesHaveEveryProcessor() {
        for (workers, most) in [(1, 1), (2, 2), (3, 2), (5, 4), (8, 7)] {
            let heavy = Array(repeating: FetchQueue.heavySize + 1, count: 20)
            #expect(taken(totals: heavy, workers: workers).count == most)
        }
    }

    @Test func whatWaitsKeepsWithinItsBytesAlsoWithoutSizes() {
        #expect(begun(total: 20_000) == 100)
        #expect(begun(total: 5 << 20) == Int(PackageFetcher().aheadBytes / FetchQueue.pipeSize))
    }
}
