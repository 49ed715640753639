// SPDX-License-Identifier: BSD-3-Clause

/// Opens once a number of things have happened.
package final class Latch: Sendable {
    private let monitor: Monitor<Int>

    package init(count: Int) {
        monitor = Monitor(count)
    }

    /// One of the things has happened.
    package func countDown() {
        monitor.withLock { $0 -= 1 }
        monitor.wakeAll()
    }

    /// Waits for all of them.
    package func wait() {
        monitor.waitFor { $0 <= 0 ? () : nil }
    }
}
