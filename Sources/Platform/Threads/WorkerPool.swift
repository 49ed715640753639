// SPDX-License-Identifier: BSD-3-Clause
package import Failures
import Synchronization

/// A few threads that run what is given to them; they start with the first piece of work.
package final class WorkerPool: Sendable {
    private struct State {
        var jobs: [@Sendable () -> Void] = []
        var next = 0
        /// Pieces that are waiting or being run.
        var unfinished = 0
        var idle = 0
        var threads = 0
        var closed = false
    }

    private let monitor = Monitor(State())
    package let size: Int
    private let name: String
    private let stackSize: Int

    package init(_ name: String = "worker", size: Int = processorCount(), stackSize: Int = 1 << 20) {
        self.name = name
        self.size = max(1, size)
        self.stackSize = stackSize
    }

    deinit {
        // Threads hold only the monitor, so nothing waits here for them.
        monitor.withLock { $0.closed = true }
        monitor.wakeAll()
    }

    /// Runs `job` on one of the threads; on the caller's when no thread can be made.
    package func submit(_ job: @escaping @Sendable () -> Void) {
        let start = monitor.withLock { state in
            state.jobs.append(job)
            state.unfinished += 1
            // Those that are idle may have been woken already, and not have begun.
            guard state.jobs.count - state.next > state.idle, state.threads < size else { return false }
            state.threads += 1
            return true
        }
        monitor.wakeAll()
        guard start else { return }
        let monitor = monitor
        do throws(Failure) {
            try startThread(name, stackSize: stackSize) { Self.work(monitor) }
        } catch {
            let alone = monitor.withLock { state in
                state.threads -= 1
                return state.threads == 0
            }
            if alone { while Self.runOne(monitor, waiting: false) {} }
        }
    }

    /// Waits until everything given so far, and what that gave, is done.
    package func wait() {
        monitor.waitFor { $0.unfinished == 0 ? () : nil }
    }

    private static func work(_ monitor: Monitor<State>) {
        while runOne(monitor, waiting: true) {}
    }

    private static func runOne(_ monitor: Monitor<State>, waiting: Bool) -> Bool {
        var isIdle = false
        let job: (@Sendable () -> Void)?? = monitor.waitFor { state -> (@Sendable () -> Void)?? in
            if state.next < state.jobs.count {
                if isIdle { state.idle -= 1 }
                let job = state.jobs[state.next]
                // Releases what the job holds: the list is not emptied as long as there is always one more.
                state.jobs[state.next] = {}
                state.next += 1
                if state.next == state.jobs.count {
                    state.jobs.removeAll()
                    state.next = 0
                }
                return .some(job)
            }
            if state.closed || !waiting { return .some(nil) }
            if !isIdle {
                isIdle = true
                state.idle += 1
            }
            return nil
        }
        guard let found = job, let run = found else { return false }
        run()
        monitor.withLock { $0.unfinished -= 1 }
        monitor.wakeAll()
        return true
    }
}

/// Calls `body` with each of `0 ..< count` on up to `workers` threads, the caller's among them. Numbers are handed out in
/// order, and after a failure no more of them.
///
/// - Throws: after all have stopped, the failure of the least number that failed, whichever came first.
package func forEachInParallel(
    _ count: Int, workers: Int = processorCount(), name: String = "worker",
    _ body: @Sendable (Int) throws(Failure) -> Void
) throws(Failure) {
    let next = Atomic<Int>(0)
    let failed = Mutex<(index: Int, failure: Failure)?>(nil)
    // The closure does not outlive this call: every thread is joined, not only known to be done with its work. The
    // compiler notes how long the path of this file is, and an executable is not to tell where it was built.
    #sourceLocation(file:"WorkerPool",line:1)
    withoutActuallyEscaping(body) { body in
        let run = { @Sendable () -> Void in
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                if index >= count { return }
                do throws(Failure) {
                    try body(index)
                } catch {
                    failed.withLock { earlier in
                        if index < earlier?.index ?? .max { earlier = (index, error) }
                    }
                    next.store(count, ordering: .relaxed)
                }
            }
        }
        let extra = max(0, min(workers, count) - 1)
        var threads: [JoinableThread] = []
        for _ in 0..<extra {
            // Without a thread the work is done by the others.
            guard let thread = try? Thread(name, run) else { break }
            threads.append(thread.take())
        }
        run()
        for thread in threads { thread.join() }
    }
    #sourceLocation()
    if let failed = failed.withLock({ $0 }) { throw failed.failure }
}
