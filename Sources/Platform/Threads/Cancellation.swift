// SPDX-License-Identifier: BSD-3-Clause
import CShims
package import Failures
import Glibc
import Synchronization

/// Whether the work should stop, asked at the heads of loops; one value for the whole process.
package final class Cancellation: Sendable {
    private let reason = Atomic<UInt8>(0)
    private let observesSignals = Atomic<Bool>(false)
    private let wakeReading = Atomic<Int32>(-1)

    package init() {}

    /// Asks everybody to stop because of `code`; the first reason stays.
    package func cancel(_ code: Failure.Code) {
        let number = UInt8(truncatingIfNeeded: (Failure.Code.allCases.firstIndex(of: code) ?? 0) + 1)
        _ = reason.compareExchange(expected: 0, desired: number, ordering: .relaxed)
    }

    package var isCancelled: Bool {
        reason.load(ordering: .relaxed) != 0
            || (observesSignals.load(ordering: .relaxed) && krait_caught_signal() != 0)
    }

    /// Throws the reason when the work should stop.
    package func check() throws(Failure) {
        guard isCancelled else { return }
        throw failure
    }

    /// Why the work was stopped; meaningful when ``isCancelled``.
    package var failure: Failure {
        let number = Int(reason.load(ordering: .relaxed))
        if number > 0 {
            let code = Failure.Code.allCases[number - 1]
            return Failure(code, "", code == .terminated ? "terminated" : "interrupted")
        }
        return krait_caught_signal() == SIGINT
            ? Failure(.interrupted, "", "interrupted") : Failure(.terminated, "", "terminated")
    }

    /// Becomes readable at the first signal, for threads that poll; -1 when no handlers are installed.
    package var wakeDescriptor: Int32 { wakeReading.load(ordering: .relaxed) }

    fileprivate func observeSignals(wake: Int32) {
        wakeReading.store(wake, ordering: .relaxed)
        observesSignals.store(true, ordering: .relaxed)
    }
}

/// From now on INT, TERM and HUP cancel `cancellation`, a second one kills at once, and PIPE is ignored.
package func installSignalHandlers(_ cancellation: Cancellation) {
    guard let ends = try? Descriptor.pipe() else {
        krait_install_signal_handlers(-1)
        cancellation.observeSignals(wake: -1)
        return
    }
    // Both ends live as long as the process.
    let reading = ends.reading.rawValue
    let writing = ends.writing.rawValue
    keepOpen(consume ends)
    _ = fcntl(writing, F_SETFL, O_NONBLOCK)
    krait_install_signal_handlers(writing)
    cancellation.observeSignals(wake: reading)
}

private func keepOpen(_ ends: consuming PipeEnds) {
    _ = ends.reading.take()
    _ = ends.writing.take()
}
