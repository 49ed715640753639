// SPDX-License-Identifier: BSD-3-Clause
package import Failures
import Synchronization

/// A bounded queue of bytes between one producer that never blocks and one consumer that does.
///
/// The producer (the network thread) is told `full` and then called through `onSpace`; the consumer waits in `read`.
package final class BytePipe: ByteSource, Sendable {
    private struct State {
        /// What is held now fits; it grows as far as the capacity.
        var buffer = UnsafeMutableRawBufferPointer(start: nil, count: 0)
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

        /// Puts `bytes`, for which there is room, behind the others.
        mutating func append(_ bytes: UnsafeRawBufferPointer) {
            if bytes.isEmpty { return }
            let tail = (head + count) % buffer.count
            let first = min(bytes.count, buffer.count - tail)
            UnsafeMutableRawBufferPointer(rebasing: buffer[tail..<tail + first])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<first]))
            UnsafeMutableRawBufferPointer(rebasing: buffer[..<(bytes.count - first)])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[first...]))
            count += bytes.count
        }

        /// Copies the oldest bytes without taking them.
        func copy(_ count: Int, to target: UnsafeMutableRawBufferPointer) {
            let first = min(count, buffer.count - head)
            target.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[head..<head + first]))
            UnsafeMutableRawBufferPointer(rebasing: target[first...])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[..<(count - first)]))
        }

        /// Takes memory for `size` bytes in place of what is there.
        mutating func resize(_ size: Int) {
            let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
            copy(count, to: larger)
            buffer.deallocate()
            (buffer, head) = (larger, 0)
        }

        mutating func release() {
            buffer.deallocate()
            (buffer, head) = (UnsafeMutableRawBufferPointer(start: nil, count: 0), 0)
        }
    }

    private let monitor: Monitor<State>
    package let capacity: Int
    private let onRead: (@Sendable (Int) -> Void)?

    /// Memory for the first bytes, when nobody knows how many come.
    private static let leastMemory = 32 * 1024

    /// `capacity` bounds the bytes held; the memory is taken as bytes come, and given back after the last was read.
    ///
    /// - Parameter onRead: told after each read how many bytes it got.
    package init(capacity: Int = 256 * 1024, onRead: (@Sendable (Int) -> Void)? = nil) {
        self.capacity = capacity
        self.onRead = onRead
        monitor = Monitor(State())
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
            if bytes.count > capacity - state.count {
                state.refused = true
                return (false, false)
            }
            let needed = state.count + bytes.count
            if needed > state.buffer.count {
                // Many pipes wait for small packages: each holds what there is of its own, and not what it might hold.
                let likely = state.buffer.isEmpty ? state.total : UInt64(state.buffer.count) * 2
                state.resize(min(max(Int(clamping: likely ?? UInt64(Self.leastMemory)), needed), capacity))
            }
            state.append(bytes)
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
            state.release()
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
                state.copy(count, to: buffer)
                state.head = (state.head + count) % state.buffer.count
                state.count -= count
                state.consumed += UInt64(count)
                // Wake the producer when a good part is free, not for each little piece.
                guard state.refused, state.count <= capacity / 2 else { return (.success(count), nil) }
                state.refused = false
                return (.success(count), state.onSpace)
            }
            if let failure = state.failure { return (.failure(failure), nil) }
            if state.ended || state.cancelled {
                state.release()
                return (.success(0), nil)
            }
            state.waiting = true
            return nil
        }
        wake?()
        let count = try result.get()
        onRead?(count)
        return count
    }
}
