// SPDX-License-Identifier: BSD-3-Clause
import CShims
package import Failures
import Glibc

/// A thread that runs until its body returns; must be joined.
package struct Thread: ~Copyable, Sendable {
    private let handle: pthread_t

    /// Starts `body` on a new thread; `name` (15 bytes are shown) is for debuggers.
    package init(
        _ name: String, stackSize: Int = 1 << 20, _ body: @escaping @Sendable () -> Void
    ) throws(Failure) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        // Read now: to read the umask is to change it for a moment, for every thread.
        _ = creationMask
        pthread_attr_setstacksize(&attributes, max(stackSize, 64 * 1024))
        let start = Unmanaged.passRetained(ThreadStart(name: name, body: body))
        var handle = pthread_t()
        // Signals go to the main thread.
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        let code = pthread_create(&handle, &attributes, runThread, start.toOpaque())
        pthread_sigmask(SIG_SETMASK, &before, nil)
        if code != 0 {
            start.release()
            throw Failure(Errno(code), name, "start a thread")
        }
        self.handle = handle
    }

    /// Waits for the end of the body.
    package consuming func join() {
        let handle = handle
        discard self
        pthread_join(handle, nil)
    }

    /// Gives the duty to join to a value that can be kept in an array.
    package consuming func take() -> JoinableThread {
        let handle = handle
        discard self
        return JoinableThread(handle: handle)
    }

    deinit {
        pthread_detach(handle)
    }
}

/// A running thread that has to be joined exactly once.
package struct JoinableThread: Sendable {
    fileprivate let handle: pthread_t

    /// Waits for the end of the body.
    package func join() { pthread_join(handle, nil) }
}

private final class ThreadStart {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}

private func runThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    let start = Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
    krait_set_thread_name(String(start.name.prefix(15)))
    start.body()
    return nil
}

/// Starts `body` on a thread that nobody joins.
package func startThread(
    _ name: String, stackSize: Int = 1 << 20, _ body: @escaping @Sendable () -> Void
) throws(Failure) {
    _ = try Thread(name, stackSize: stackSize, body)
}
