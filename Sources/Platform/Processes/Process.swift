// SPDX-License-Identifier: BSD-3-Clause
import CShims
package import Failures
import Glibc

/// Keeps the process small, for glibc otherwise holds on to much that was freed; but windows of decompressors are kept
/// for the next package: to have each page of them made anew costs more than the memory is worth.
package func limitHeapGrowth() { krait_limit_heap() }

/// How a program ended.
package enum ExitStatus: Sendable, Equatable {
    case exited(Int32)
    case signalled(Int32)

    /// As a shell's `$?` shows it.
    package var code: Int32 {
        switch self {
        case .exited(let code): code
        case .signalled(let signal): 128 + signal
        }
    }

    package var isSuccess: Bool { self == .exited(0) }
}

/// A program that was started and not yet waited for.
package struct ChildProcess: ~Copyable, Sendable {
    package let identifier: Int32
    private let program: String

    /// Starts `arguments[0]`, searched in `environment`'s PATH when it has no slash; descriptors nil are inherited.
    package init(
        _ arguments: [String], environment: [String: String], currentDirectory: String? = nil,
        input: Int32? = nil, output: Int32? = nil, error: Int32? = nil, newGroup: Bool = false
    ) throws(Failure) {
        guard let name = arguments.first else { throw Failure(.usage, "command", "no command is given") }
        let path = try findProgram(name, environment: environment)
        let words = CStringVector(arguments)
        let variables = CStringVector(environment.map { "\($0.key)=\($0.value)" })
        var child: pid_t = 0
        let code = krait_spawn(
            path, words.pointer, variables.pointer, currentDirectory, input ?? 0, output ?? 1, error ?? 2,
            newGroup ? 1 : 0, &child)
        if code != 0 { throw Failure(Errno(code), path, "start") }
        identifier = child
        program = path
    }

    /// Waits for the end.
    package consuming func wait() throws(Failure) -> ExitStatus {
        var status: Int32 = 0
        if krait_wait(identifier, &status) != 0 { throw Failure(.current, program, "wait for") }
        let signal = status & 0x7f
        return signal == 0 ? .exited((status >> 8) & 0xff) : .signalled(signal)
    }

    /// Waits for the end of a program that this process stands in for: signals that others send to it go there, and
    /// those of the terminal, which both get, do not end it.
    package consuming func waitInItsPlace() throws(Failure) -> ExitStatus {
        krait_forward_signals(identifier)
        return try wait()
    }

    /// Sends a signal.
    package func send(_ signal: Int32) { _ = kill(identifier, signal) }

    /// Sends a signal to it and to all that it started, when it has a group of its own.
    func sendToGroup(_ signal: Int32) { _ = kill(-identifier, signal) }
}

/// Where a program is: `name` itself with a slash, else the first executable file of that name in PATH.
package func findProgram(_ name: String, environment: [String: String]) throws(Failure) -> String {
    if name.utf8.contains(UInt8(ascii: "/")) { return name }
    let search = environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
    for directory in search.split(separator: ":", omittingEmptySubsequences: false) {
        let path = directory.isEmpty ? name : "\(directory)/\(name)"
        if SystemCall.isAccessible(path, .execute),
            (try? SystemCall.status(path, followLinks: true))?.kind == .regular
        {
            return directory.isEmpty ? "./\(name)" : path
        }
    }
    throw Failure(.other, name, "no such command in PATH")
}

/// Becomes another program; only a failure returns.
package func execute(_ arguments: [String], environment: [String: String]) throws(Failure) -> Never {
    guard let name = arguments.first else { throw Failure(.usage, "command", "no command is given") }
    let path = try findProgram(name, environment: environment)
    let words = CStringVector(arguments)
    let variables = CStringVector(environment.map { "\($0.key)=\($0.value)" })
    krait_reset_signals()
    execve(path, words.pointer, variables.pointer)
    let error = Errno.current
    if error.code == ENOEXEC, SystemCall.isAccessible("/bin/sh", .execute) {
        // A script without a first line that says by what: shells run it themselves (POSIX, execvp).
        let script = CStringVector(["/bin/sh", path] + arguments.dropFirst())
        execve("/bin/sh", script.pointer, variables.pointer)
    }
    throw Failure(error, path, "execute")
}

/// What a program that ran to its end left.
package struct ProgramOutput: Sendable {
    package var status: ExitStatus
    package var output: [UInt8]
}

/// Where a program's errors go.
package enum ErrorStream: Sendable {
    case inherited, withOutput, dropped
}

/// Runs a program to its end, with no input unless `input` is given, and collects its output.
///
/// With `cancellation` it is in a process group of its own, and ends with all that it started when the work is to stop; with
/// `silence`, in seconds, also when it has said nothing for so long. `heard` is told how many bytes came, as they come.
package func runProgram(
    _ arguments: [String], environment: [String: String], currentDirectory: String? = nil,
    input: Int32? = nil, errors: ErrorStream = .inherited, limit: Int = 1 << 26, cancellation: Cancellation? = nil,
    silence: UInt64? = nil, heard: (Int) -> Void = { _ in }
) throws(Failure) -> ProgramOutput {
    let null = try Descriptor.open("/dev/null", .readWrite)
    let ends = try Descriptor.pipe()
    let child = try start(
        arguments, environment: environment, currentDirectory: currentDirectory, input: input ?? null.rawValue,
        output: ends.writing, errors: errors, null: null, newGroup: cancellation != nil || silence != nil)
    let reading = closeWriting(consume ends)
    var output: [UInt8] = []
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 16)
    defer { buffer.deallocate() }
    while true {
        if cancellation != nil || silence != nil, !waitForOutput(reading, cancellation, silence) {
            end(child)
            let status = try child.wait()
            if let cancellation, cancellation.isCancelled { throw cancellation.failure }
            return ProgramOutput(status: status, output: output)
        }
        let count: Int
        do throws(Errno) {
            count = try SystemCall.read(reading, into: buffer)
        } catch {
            throw Failure(error, arguments[0], "read the output of")
        }
        if count == 0 { break }
        heard(count)
        // What is beyond the limit is read and dropped, so that the program can end.
        if output.count < limit { output.append(contentsOf: buffer[..<count]) }
    }
    return ProgramOutput(status: try child.wait(), output: output)
}

/// Waits until something can be read, or the end; false when the work is to stop, or nothing came for `silence` seconds.
private func waitForOutput(
    _ reading: borrowing Descriptor, _ cancellation: Cancellation?, _ silence: UInt64?
) -> Bool {
    let end = silence.map { monotonicNanoseconds() + min($0, 1 << 32) * 1_000_000_000 } ?? UInt64.max
    while !(cancellation?.isCancelled ?? false), monotonicNanoseconds() < end {
        var ready = pollfd(fd: reading.rawValue, events: Int16(POLLIN), revents: 0)
        // A signal may come to another thread, so the wait is short.
        if poll(&ready, 1, 50) > 0 { return true }
    }
    return false
}

/// Ends a program and what it started: asked first, so that it can clean up, and then without asking.
private func end(_ child: borrowing ChildProcess) {
    child.sendToGroup(SIGTERM)
    for _ in 0..<50 {
        // A look that leaves the process to be waited for, so that its number stays its own.
        var information = siginfo_t()
        if waitid(P_PID, id_t(child.identifier), &information, WEXITED | WNOHANG | WNOWAIT) == 0,
            information.si_signo == SIGCHLD
        {
            break
        }
        pause(nanoseconds: 20_000_000)
    }
    child.sendToGroup(SIGKILL)
}

private func start(
    _ arguments: [String], environment: [String: String], currentDirectory: String?, input: Int32,
    output: borrowing Descriptor, errors: ErrorStream, null: borrowing Descriptor, newGroup: Bool
) throws(Failure) -> ChildProcess {
    let error: Int32? =
        switch errors {
        case .inherited: nil
        case .withOutput: output.rawValue
        case .dropped: null.rawValue
        }
    return try ChildProcess(
        arguments, environment: environment, currentDirectory: currentDirectory, input: input,
        output: output.rawValue, error: error, newGroup: newGroup)
}

/// The reading end of a pipe that holds `bytes`, at most 4096, and then ends.
package func pipe(holding bytes: [UInt8]) throws(Failure) -> Descriptor {
    let ends = try Descriptor.pipe()
    do throws(Errno) {
        try bytes.withBuffer { (buffer) throws(Errno) in
            try SystemCall.writeAll(ends.writing, UnsafeRawBufferPointer(buffer))
        }
    } catch {
        throw Failure(error, "pipe", "write to")
    }
    return closeWriting(consume ends)
}

private func closeWriting(_ ends: consuming PipeEnds) -> Descriptor { ends.reading }

/// A NULL-terminated vector of C strings.
private final class CStringVector {
    let pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ strings: [String]) {
        count = strings.count
        pointer = .allocate(capacity: count + 1)
        for (index, string) in strings.enumerated() {
            (pointer + index).initialize(to: OriginalWords.copy(of: string) ?? strdup(string))
        }
        (pointer + count).initialize(to: nil)
    }

    deinit {
        for index in 0..<count { free(pointer[index]) }
        pointer.deallocate()
    }
}
