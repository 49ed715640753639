// SPDX-License-Identifier: BSD-3-Clause
import Glibc

/// A value that threads share, with a lock and a way to wait for it to change.
///
/// `@unchecked Sendable`: the state is only touched while the mutex is held.
package final class Monitor<State>: @unchecked Sendable {
    private var state: State
    // Heap storage of its own, because pthread objects must not move.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    package init(_ state: State) {
        self.state = state
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Runs `body` alone with the state.
    package func withLock<Result>(_ body: (inout State) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body(&state)
    }

    /// Runs `body` alone with the state, again after each wake, until it answers something.
    package func waitFor<Result>(_ body: (inout State) -> Result?) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&state) { return result }
            pthread_cond_wait(condition, mutex)
        }
    }

    /// Like ``waitFor(_:)``, but gives up with nil after `nanoseconds`.
    package func waitFor<Result>(nanoseconds: UInt64, _ body: (inout State) -> Result?) -> Result? {
        let end = monotonicNanoseconds() + nanoseconds
        var limit = timespec(tv_sec: Int(end / 1_000_000_000), tv_nsec: Int(end % 1_000_000_000))
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&state) { return result }
            if pthread_cond_timedwait(condition, mutex, &limit) == ETIMEDOUT { return body(&state) }
        }
    }

    package func wakeAll() { pthread_cond_broadcast(condition) }
}
