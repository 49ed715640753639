// SPDX-License-Identifier: BSD-3-Clause
import Engine
import Failures
import Platform
import Synchronization

/// Redraws one line on the terminal while a command works; silent where nobody would see it.
final class ProgressDisplay: Sendable {
    private let isStopped: Monitor<Bool>
    private let isDrawing: Bool
    private let thread: Mutex<JoinableThread?>

    init(_ progress: Progress, _ console: Console, _ invocation: Invocation) {
        let mode = invocation[.progress] ?? "auto"
        isStopped = Monitor(false)
        isDrawing = mode == "auto" && console.verbosity >= 0 && !console.isJSON && console.colours != nil
        thread = Mutex(isDrawing ? Self.begin(progress, console, isStopped) : nil)
    }

    private static func begin(
        _ progress: Progress, _ console: Console, _ isStopped: Monitor<Bool>
    ) -> JoinableThread? {
        do throws(Failure) {
            return try Thread("progress", stackSize: 256 * 1024) {
                var phase = progress.phase
                var start = monotonicNanoseconds()
                while isStopped.waitFor(nanoseconds: 100_000_000, { $0 ? true : nil }) == nil {
                    // Said before the phase is looked at: pip waits for the line to go.
                    let wasShown = progress.show(true)
                    let now = progress.phase
                    if now != phase { (phase, start) = (now, monotonicNanoseconds()) }
                    if now != .pip {
                        draw(progress, console, phase, start)
                        continue
                    }
                    if wasShown { console.control(clearing) }
                    _ = progress.show(false)
                }
                if progress.show(false) { console.control(clearing) }
            }.take()
        } catch {
            // Without a thread there is no drawing, and nothing else is lost.
            return nil
        }
    }

    /// Ends the drawing and clears the line.
    func stop() {
        guard isDrawing else { return }
        isStopped.withLock { $0 = true }
        isStopped.wakeAll()
        let drawing = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        drawing?.join()
    }

    /// Back to the beginning of a line with nothing on it.
    private static let clearing = "\r\u{1B}[K"

    private static func draw(_ progress: Progress, _ console: Console, _ phase: Progress.Phase, _ start: UInt64) {
        let (done, total) = progress.bytes
        let (packagesDone, packagesTotal) = progress.packages
        let line = ProgressLine(
            phase: phase.title, done: done, total: total, packagesDone: packagesDone,
            packagesTotal: packagesTotal, nanoseconds: monotonicNanoseconds() - start)
        console.control(clearing + line.drawn(width: terminalWidth() ?? 80))
    }
}

extension Session {
    /// Does `body` with its progress on the terminal; the line is gone when it ends, in whichever way.
    func withProgress<Value>(
        of context: Context, _ invocation: Invocation, _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let display = ProgressDisplay(context.progress, console, invocation)
        defer { display.stop() }
        return try body()
    }
}
