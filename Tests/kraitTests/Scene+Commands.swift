// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Engine
import Failures
import Glibc
import Platform
import Scenes
import Synchronization

@testable import krait

/// How a command line ended, and what it printed.
struct Outcome {
    let code: Int32
    /// What went to stdout.
    let output: String
    /// What went to stderr.
    let words: String
    /// What this process would have become.
    let command: RunCommand?

    /// The one document on stdout.
    var json: JSON { get throws { try JSON.parse(Array(output.utf8), subject: "stdout") } }
    /// The lines on stdout.
    var lines: [String] { output.split(separator: "\n").map { String($0) } }
}

/// A file to write to and read again: unlike a pipe it takes any amount.
private struct Sink {
    let descriptor: Int32

    init(_ path: String, holding text: String = "") {
        descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
        unlink(path)
        _ = text.utf8CString.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count - 1) }
        lseek(descriptor, 0, SEEK_SET)
    }

    /// All that is in it; it is closed.
    func text() -> String {
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: Int(lseek(descriptor, 0, SEEK_END)))
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
    }
}

extension Scene {
    /// Runs a command line, whose words are between spaces, as a process with the scene's home would.
    ///
    /// - Parameters:
    ///   - name: what the tool is called as.
    ///   - input: what stdin holds; a file, so that nobody is at a terminal.
    func run(
        _ line: String, as name: String = "krait", input: String = "", variables: [String: String] = [:]
    ) -> Outcome {
        run(line.split(separator: " ").map { String($0) }, as: name, input: input, variables: variables)
    }

    func run(
        _ words: [String], as name: String = "krait", input: String = "", variables: [String: String] = [:]
    ) -> Outcome {
        let own = [
            "CONDA_SUBDIR": "linux-64", "CONDA_CHANNELS": channel.path, "KRAIT_PYC": "none",
            "KRAIT_REMOTE_MAX_RETRIES": "0",
        ]
        var environment = environment(own.merging(variables) { _, given in given })
        environment.arguments = [name] + words
        let become = Mutex<RunCommand?>(nil)
        let files = ["in", "out", "err"].map { "\(path)/.std\($0)" }
        let (data, said) = (Sink(files[1]), Sink(files[2]))
        var session = Session(environment: environment, console: Console(dialect: Dialect(calledAs: name)))
        let typed = Sink(files[0], holding: input)
        session.console.inputDescriptor = typed.descriptor
        session.console.dataDescriptor = data.descriptor
        session.console.wordsDescriptor = said.descriptor
        session.execute = { (command) throws(Failure) in
            become.withLock { $0 = command }
            return 0
        }
        let code = session.run(words)
        _ = typed.text()
        return Outcome(code: code, output: data.text(), words: said.text(), command: become.withLock { $0 })
    }
}

/// Lets `body` read `text` from a descriptor.
func withInput(_ text: String, _ body: (Int32) throws -> Void) throws {
    let directory = try TemporaryDirectory()
    let sink = Sink("\(directory.path)/input", holding: text)
    defer { close(sink.descriptor) }
    try body(sink.descriptor)
}

/// A new file to write to, and to read.
func openFile(_ path: String) -> Int32? {
    let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
    return descriptor < 0 ? nil : descriptor
}

/// Lets `body` use a terminal at which somebody has typed `text`.
func withTerminal(typing text: String, _ body: (Int32) throws -> Void) throws {
    let keyboard = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    defer { close(keyboard) }
    // TIOCSPTLCK and TIOCGPTN, which are macros with arguments.
    var (locked, number): (Int32, UInt32) = (0, 0)
    guard keyboard >= 0, ioctl(keyboard, 0x4004_5431, &locked) == 0, ioctl(keyboard, 0x8004_5430, &number) == 0 else {
        throw Failure(.system, "/dev/ptmx", "gives no terminal")
    }
    let terminal = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
    defer { close(terminal) }
    _ = text.utf8CString.withUnsafeBytes { write(keyboard, $0.baseAddress, $0.count - 1) }
    try body(terminal)
}
