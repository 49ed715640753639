// SPDX-License-Identifier: BSD-3-Clause
import Platform
import Synchronization

/// What was asked of servers, and when: one entry for each attempt, in the order they ended.
package final class NetworkTrace: Sendable {
    /// One attempt. All times are nanoseconds since the trace began; 0 for what did not happen.
    package struct Entry: Sendable {
        /// Without secrets.
        package var url = ""
        /// 1 for the first attempt of a request.
        package var attempt = 1
        /// HTTP status; 0 when no answer came.
        package var status = 0
        /// Why the attempt failed, in curl's words.
        package var problem: String?
        /// `2`, `1.1`, `1.0`; empty when no answer came.
        package var version = ""
        /// A number for the connection; attempts that share one have the same.
        package var connection = 0
        /// This attempt opened the connection, and with TLS.
        package var opened = false
        package var isSecure = false
        package var queued: UInt64 = 0
        package var began: UInt64 = 0
        package var connected: UInt64 = 0
        package var firstByte: UInt64 = 0
        package var ended: UInt64 = 0
        /// Body bytes of this attempt.
        package var bytes: UInt64 = 0

        package init() {}
    }

    /// When the trace began, by the monotonic clock.
    let start = monotonicNanoseconds()
    private let list = Mutex<[Entry]>([])

    package init() {}

    package var entries: [Entry] { list.withLock { $0 } }

    func add(_ entry: Entry) { list.withLock { $0.append(entry) } }

    /// `time` of the monotonic clock since the trace began.
    func since(_ time: UInt64) -> UInt64 { time > start ? time - start : 0 }
}
