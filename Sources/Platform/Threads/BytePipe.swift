// SPDX-License-Identifier: BSD-3-Clause
package import Failures
import Synchronization

/// A bounded queue of bytes between one producer that never blocks and one consumer that does.
///
/// The producer (the network thread) is told `full` and then called through `onSpace`; the consumer waits in `read`.
package final class BytePipe: ByteSource, Sendable {
    private struct State {
        var buffer: UnsafeMutableRawBufferPointer
        /// Where the oldest byte is.
        var head = 0
        var count = 0
        /// All bytes that come, once that is known.
        var total: UInt64?
        /// The bytes that were read.
        var consumed: UInt64 = 0
        var ended = false
        var failure: Failure?
        var cancelled = false
        /// The producer was refused and waits for `onSpace`.
        var refused = false
        var onSpace: (@Sendable () -> Void)?
        /// The consumer is asleep.
        var waiting = false
    }

    private let monitor: Monitor<State>
    package let capacity: Int
    private let onRead: (@Sendable (Int) -> Void)?

    /// `capacity` bounds the bytes held; the memory is taken at the first byte.
    ///
    /// - Parameter onRead: told after each read how many bytes it got.
    package init(capacity: Int = 256 * 1024, onRead: (@Sendable (Int) -> Void)? = nil) {
        self.capacity = capacity
        self.onRead = onRead
        monitor = Monitor(State(buffer: UnsafeMutableRawBufferPointer(start: nil, count: 0)))
    }

    deinit {
        monitor.withLock { $0.buffer.deallocate() }
    }

    // MARK: producer

    /// Called (on the consumer's thread, outside the lock) when there is room again after a refusal, and at ``cancel()``.
    package func setOnSpace(_ body: (@Sendable () -> Void)?) {
        monitor.withLock { $0.onSpace = body }
    }

    /// Takes all of `bytes` or, when there is no room, none and answers false. Never blocks. After ``cancel()`` bytes
    /// are dropped and the answer is true: look at ``isCancelled``. `bytes` must not exceed ``capacity``.
    package func offer(_ bytes: UnsafeRawBufferPointer) -> Bool {
        precondition(bytes.count <= capacity, "a piece larger than the pipe")
        let (taken, wake): (Bool, Bool) = monitor.withLock { state in
            if state.cancelled { return (true, false) }
            if state.buffer.isEmpty { state.buffer = .allocate(byteCount: capacity, alignment: 16) }
            if bytes.count > capacity - state.count {
                state.refused = true
                return (false, false)
            }
            let tail = (state.head + state.count) % capacity
            let first = min(bytes.count, capacity - tail)
            UnsafeMutableRawBufferPointer(rebasing: state.buffer[tail..<tail + first])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<first]))
            UnsafeMutableRawBufferPointer(rebasing: state.buffer[..<(bytes.count - first)])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[first...]))
            state.count += bytes.count
            return (true, state.waiting)
        }
        if wake { monitor.wakeAll() }
        return taken
    }

    /// Says how many bytes come in all.
    package func expect(total: UInt64) { monitor.withLock { $0.total = total } }

    /// Says that no more bytes come.
    package func finish() {
        monitor.withLock { $0.ended = true }
        monitor.wakeAll()
    }

    /// Says that no more bytes come and why; the consumer gets the failure after the bytes that are already here.
    package func fail(_ failure: Failure) {
        monitor.withLock { state in
            if !state.ended, state.failure == nil { state.failure = failure }
        }
        monitor.wakeAll()
    }

    /// Whether the consumer wants no more.
    package var isCancelled: Bool { monitor.withLock { $0.cancelled } }

    // MARK: consumer

    /// Says that no more bytes are wanted, from any thread; the producer and a waiting reader are woken to see it.
    package func cancel() {
        let wake = monitor.withLock { state in
            state.cancelled = true
            state.count = 0
            return state.onSpace
        }
        monitor.wakeAll()
        wake?()
    }

    /// Whether a read would not wait now.
    package var isReady: Bool {
        monitor.withLock { $0.count > 0 || $0.ended || $0.failure != nil || $0.cancelled }
    }

    /// Whether the consumer has nothing else to do until bytes come.
    package var isAwaited: Bool { monitor.withLock { $0.waiting && $0.count == 0 } }

    /// All bytes that come, once that is known.
    package var total: UInt64? { monitor.withLock { $0.total } }

    /// The bytes that will be held before somebody reads; nil as long as nobody knows how many come.
    package var expectedCount: Int? {
        monitor.withLock { state in
            if state.ended || state.failure != nil || state.cancelled { return state.count }
            return state.total.map { min(Int(clamping: $0), capacity) }
        }
    }

    /// The bytes that were read until now.
    package var consumed: UInt64 { monitor.withLock { $0.consumed } }

    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        if buffer.isEmpty { return 0 }
        let (result, wake): (Result<Int, Failure>, (@Sendable () -> Void)?) = monitor.waitFor { state in
            if state.count > 0 {
                state.waiting = false
                let count = min(state.count, buffer.count)
                let first = min(count, capacity - state.head)
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: state.buffer[state.head..<state.head + first]))
                UnsafeMutableRawBufferPointer(rebasing: buffer[first...])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: state.buffer[..<(count - first)]))
                state.head = (state.head + count) % capacity
                state.count -= count
                state.consumed += UInt64(count)
                // Wake the producer when a good part is free, not for each little piece.
                guard state.refused, state.count <= capacity / 2 else { return (.success(count), nil) }
                state.refused = false
                return (.success(count), state.onSpace)
            }
            if let failure = state.failure { return (.failure(failure), nil) }
            if state.ended || state.cancelled { return (.success(0), nil) }
            state.waiting = true
            return nil
        }
        wake?()
        let count = try result.get()
        onRead?(count)
        return count
    }
}
