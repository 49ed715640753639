// SPDX-License-Identifier: BSD-3-Clause

/// A queue between threads with a greatest length: `push` waits for room, `pop` for something.
package final class BoundedQueue<Element: Sendable>: Sendable {
    private struct State {
        var items: [Element] = []
        var head = 0
        var closed = false
        var count: Int { items.count - head }
    }

    private let monitor = Monitor(State())
    private let limit: Int

    package init(limit: Int = .max) {
        self.limit = limit
    }

    /// Adds `element`, waiting for room; answers false when the queue is closed.
    @discardableResult
    package func push(_ element: Element) -> Bool {
        let added: Bool = monitor.waitFor { state in
            if state.closed { return false }
            if state.count >= limit { return nil }
            state.items.append(element)
            return true
        }
        monitor.wakeAll()
        return added
    }

    /// The oldest element, waiting for one; nil when the queue is closed and empty.
    package func pop() -> Element? {
        let element: Element?? = monitor.waitFor { state -> Element?? in
            if state.count > 0 { return .some(.some(take(&state))) }
            return state.closed ? .some(nil) : nil
        }
        monitor.wakeAll()
        return element ?? nil
    }

    /// Nothing more can be pushed; what is in it can still be popped.
    package func close() {
        monitor.withLock { $0.closed = true }
        monitor.wakeAll()
    }

    private func take(_ state: inout State) -> Element {
        let element = state.items[state.head]
        state.head += 1
        if state.head > 64, state.head * 2 > state.items.count {
            state.items.removeFirst(state.head)
            state.head = 0
        }
        return element
    }
}
