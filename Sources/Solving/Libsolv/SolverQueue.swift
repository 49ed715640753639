// SPDX-License-Identifier: BSD-3-Clause
import CSolv

/// Owner of a libsolv queue: a growing list of ids.
struct SolverQueue: ~Copyable {
    /// Valid as long as this owner lives.
    private var queue = CSolv.Queue()

    init() { queue_init(&queue) }

    deinit {
        // A copy of the header owns the same memory, and this owner ends here.
        var ending = queue
        queue_free(&ending)
    }

    /// How many ids there are.
    var count: Int { Int(queue.count) }

    subscript(index: Int) -> Id {
        precondition(index >= 0 && index < count, "id outside the queue")
        return queue.elements[index]
    }

    mutating func removeAll() { queue.count = 0 }

    mutating func append(_ id: Id) { queue_push(&queue, id) }

    /// Lends the C struct to a libsolv call, which may keep it only during the call.
    mutating func withQueue<Result>(_ body: (UnsafeMutablePointer<CSolv.Queue>) -> Result) -> Result {
        body(&queue)
    }

    /// The ids as an array.
    func ids() -> [Id] { (0..<count).map { self[$0] } }
}
