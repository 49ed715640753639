// SPDX-License-Identifier: BSD-3-Clause
package import Failures
import Glibc

/// Runs a program to its end with no input, and gives each piece of its output, both streams in one, to `piece` as it
/// comes. When `cancellation` is cancelled the program is asked to end.
package func followProgram(
    _ arguments: [String], environment: [String: String], currentDirectory: String? = nil, cancellation: Cancellation,
    piece: (UnsafeRawBufferPointer) -> Void
) throws(Failure) -> ExitStatus {
    let null = try Descriptor.open("/dev/null", .readOnly)
    let ends = try Descriptor.pipe()
    let child = try ChildProcess(
        arguments, environment: environment, currentDirectory: currentDirectory, input: null.rawValue,
        output: ends.writing.rawValue, error: ends.writing.rawValue)
    let reading = onlyReading(consume ends)
    let isOver = Monitor(false)
    let identifier = child.identifier
    // The number is the child's until it was waited for, which is after this thread's end.
    let watcher = try? Thread("watch", stackSize: 128 * 1024) {
        while isOver.waitFor(nanoseconds: 100_000_000, { $0 ? true : nil }) == nil {
            guard cancellation.isCancelled else { continue }
            _ = kill(identifier, SIGTERM)
            return
        }
    }.take()
    let error = passOn(reading, piece)
    isOver.withLock { $0 = true }
    isOver.wakeAll()
    watcher?.join()
    let status = try child.wait()
    if let error { throw Failure(error, arguments[0], "read the output of") }
    return status
}

private func onlyReading(_ ends: consuming PipeEnds) -> Descriptor { ends.reading }

/// Reads to the end; answers what went wrong.
private func passOn(_ reading: borrowing Descriptor, _ piece: (UnsafeRawBufferPointer) -> Void) -> Errno? {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 * 1024, alignment: 16)
    defer { buffer.deallocate() }
    while true {
        do throws(Errno) {
            let count = try SystemCall.read(reading, into: buffer)
            if count == 0 { return nil }
            piece(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        } catch {
            return error
        }
    }
}
