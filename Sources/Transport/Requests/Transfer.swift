// SPDX-License-Identifier: BSD-3-Clause
package import Failures
import Platform
import Synchronization

/// A running or finished transfer as its starter sees it; the counters can be read at any time, without a lock.
package final class Transfer: Sendable {
    private let receivedBytes = Atomic<UInt64>(0)
    private let totalBytes = Atomic<UInt64>(UInt64.max)
    private let outcome = Monitor<Result<Response, Failure>?>(nil)
    private let cancel = Mutex<(@Sendable () -> Void)?>(nil)

    init() {}

    /// Body bytes handed on so far.
    package var received: UInt64 { receivedBytes.load(ordering: .relaxed) }
    /// Size of the whole body, once known.
    package var total: UInt64? {
        let value = totalBytes.load(ordering: .relaxed)
        return value == UInt64.max ? nil : value
    }

    /// Waits for the end; a streamed body's `Response.body` is empty.
    package func wait() throws(Failure) -> Response {
        try outcome.waitFor { $0 }.get()
    }

    /// The end, if it has come.
    package var result: Result<Response, Failure>? { outcome.withLock { $0 } }

    /// Ends the transfer soon; its pipe fails with `interrupted`.
    package func stop() { cancel.withLock { $0 }?() }

    func count(received: UInt64) { receivedBytes.store(received, ordering: .relaxed) }
    func learn(total: UInt64) { totalBytes.store(total, ordering: .relaxed) }
    func onStop(_ action: @escaping @Sendable () -> Void) { cancel.withLock { $0 = action } }

    func finish(_ result: Result<Response, Failure>) {
        outcome.withLock { $0 = result }
        outcome.wakeAll()
    }
}

/// Bytes of all transfers together.
final class ByteCounter: Sendable {
    private let bytes = Atomic<UInt64>(0)

    init() {}

    var value: UInt64 { bytes.load(ordering: .relaxed) }

    func add(_ count: UInt64) { bytes.wrappingAdd(count, ordering: .relaxed) }
}
