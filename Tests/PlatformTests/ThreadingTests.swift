// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Foundation
import Platform
import Synchronization
import Testing

@Suite struct ThreadingTests {
    @Test func poolRunsEverythingAndWaits() {
        let pool = WorkerPool(size: 4)
        let sum = Atomic<Int>(0)
        for round in 0..<3 {
            for value in 1...100 {
                pool.submit {
                    sum.add(value, ordering: .relaxed)
                    if value == 50 { pool.submit { sum.add(1, ordering: .relaxed) } }
                }
            }
            pool.wait()
            #expect(sum.load(ordering: .relaxed) == (round + 1) * 5051)
        }
    }

    /// Where there is always one more piece, as where one processor compresses what another thread reads.
    @Test func whatAPieceHoldsGoesWithIt() {
        final class Held: Sendable {
            let living: Atomic<Int>
            init() { living = Atomic(0) }
        }
        final class Block: Sendable {
            let counter: Held
            init(_ counter: Held) {
                self.counter = counter
                counter.living.add(1, ordering: .relaxed)
            }
            deinit { counter.living.subtract(1, ordering: .relaxed) }
        }
        let pool = WorkerPool(size: 1)
        let counter = Held()
        let most = Atomic<Int>(0)
        pool.submit {
            // All that follow are there before the first of them runs, and each sees those that are left.
            for _ in 0..<100 {
                let block = Block(counter)
                pool.submit { withExtendedLifetime(block) {} }
            }
            pool.submit { most.store(counter.living.load(ordering: .relaxed), ordering: .relaxed) }
            pool.submit {}
        }
        pool.wait()
        #expect(most.load(ordering: .relaxed) <= 1)
    }

    /// A thread that waits for work takes one piece; the next piece gets another thread.
    @Test func eachWaitingPieceGetsAThread() {
        for _ in 0..<500 {
            let pool = WorkerPool(size: 2)
            pool.submit {}
            pool.wait()
            let isDone = Monitor(false)
            let sawIt = Atomic<Bool>(false)
            pool.submit {
                let saw = isDone.waitFor(nanoseconds: 20_000_000_000) { $0 ? true : nil }
                sawIt.store(saw ?? false, ordering: .relaxed)
            }
            pool.submit {
                isDone.withLock { $0 = true }
                isDone.wakeAll()
            }
            pool.wait()
            let saw = sawIt.load(ordering: .relaxed)
            #expect(saw)
            if !saw { return }
        }
    }

    @Test func parallelLoopCoversAllAndReportsTheFirstFailure() throws {
        let sum = Atomic<Int>(0)
        try forEachInParallel(1000, workers: 4) { (index) throws(Failure) in sum.add(index, ordering: .relaxed) }
        #expect(sum.load(ordering: .relaxed) == 499_500)
        let failure = #expect(throws: Failure.self) {
            try forEachInParallel(1000, workers: 4) { (index) throws(Failure) in
                if index == 500 { throw Failure(.other, "500", "is bad") }
            }
        }
        #expect(failure?.subject == "500")
        try forEachInParallel(0) { (_) throws(Failure) in throw Failure(.other, "none", "was called") }
    }

    /// Of several failures the least number's is told, however the threads take turns.
    @Test func parallelLoopReportsTheSameFailureEachTime() {
        for _ in 0..<200 {
            let failure = #expect(throws: Failure.self) {
                try forEachInParallel(40, workers: 8) { (index) throws(Failure) in
                    // The least is the slowest to fail.
                    for _ in index..<20 { sched_yield() }
                    if index >= 10 { throw Failure(.other, "\(index)", "is bad") }
                }
            }
            #expect(failure?.subject == "10")
        }
    }

    @Test func boundedQueueKeepsOrderAndBound() throws {
        let queue = BoundedQueue<Int>(limit: 4)
        let producer = try Thread("producer") {
            for value in 0..<1000 { queue.push(value) }
            queue.close()
        }
        var expected = 0
        while let value = queue.pop() {
            #expect(value == expected)
            expected += 1
        }
        producer.join()
        #expect(expected == 1000)
        #expect(!queue.push(1))
    }

    @Test func waitingGivesUp() {
        let monitor = Monitor(0)
        #expect(monitor.waitFor(nanoseconds: 1_000_000) { $0 == 1 ? true : nil } == nil)
    }

    @Test func processorCountIsPositive() {
        #expect(processorCount() >= 1)
    }
}
