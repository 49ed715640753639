// SPDX-License-Identifier: BSD-3-Clause

import Conda
import Failures
import Platform

/// The environment's own python compiling a list of files in one process.
enum CompilerProcess {
    /// Reads NUL-terminated source paths and compiled paths in turn, and prints a digit for each pair as soon as it
    /// is known. The source's path
    /// as given, relative to the prefix, becomes the code's file name, so that any prefix can use the result.
    private static let program = """
        import sys, py_compile
        words = sys.stdin.buffer.read().split(b"\\0") if hasattr(sys.stdin, "buffer") else sys.stdin.read().split("\\0")
        extra = {}
        if hasattr(py_compile, "PycInvalidationMode"):
            extra["invalidation_mode"] = getattr(py_compile.PycInvalidationMode, sys.argv[1])
        for at in range(0, len(words) - 1, 2):
            source, target = words[at], words[at + 1]
            if not isinstance(source, str):
                source, target = source.decode("utf-8", "surrogateescape"), target.decode("utf-8", "surrogateescape")
            try:
                py_compile.compile(source, cfile=target, dfile=source, doraise=True, **extra)
                done = "1"
            except Exception:
                done = "0"
            sys.stdout.write(done)
            sys.stdout.flush()
        """

    /// What came of a source.
    enum Outcome: Sendable {
        case compiled
        /// It is no source of this python.
        case refused
        /// Python died at it, or said nothing for too long.
        case lost
    }

    /// How often python may die before the files that are left are given up.
    private static let patience = 3

    /// Compiles each source of `files`; answers what came of them. Paths are relative to `root`. A python that dies, or says
    /// nothing for `silence` seconds, costs the file that it was at, and another one goes on. `heard` is told how many files
    /// are done with, as they are.
    ///
    /// - Throws: `Failure` when python does not run at all.
    static func compile(
        _ files: [(source: String, compiled: String)], python: String, mode: CompilingMode, root: String,
        environment: [String: String], listName: String, silence: UInt64, cancellation: Cancellation? = nil,
        heard: (Int) -> Void
    ) throws(Failure) -> [Outcome] {
        var done: [Outcome] = []
        for death in 1...patience {
            let rest = files[done.count...]
            let result = try run(
                rest, python: python, mode: mode, root: root, environment: environment, listName: listName,
                silence: silence, cancellation: cancellation, heard: heard)
            done += result.output.prefix(rest.count).map { $0 == UInt8(ascii: "1") ? .compiled : .refused }
            if done.count == files.count { return done }
            done.append(.lost)
            if done.count == files.count { return done }
            // A python that never answered is broken as such.
            guard death < 2 || done.contains(.compiled) else {
                throw Failure(.other, python, "ended with status \(result.status.code) while compiling")
            }
        }
        return done + [Outcome](repeating: .lost, count: files.count - done.count)
    }

    private static func run(
        _ files: ArraySlice<(source: String, compiled: String)>, python: String, mode: CompilingMode, root: String,
        environment: [String: String], listName: String, silence: UInt64, cancellation: Cancellation?,
        heard: (Int) -> Void
    ) throws(Failure) -> ProgramOutput {
        var list: [UInt8] = []
        for file in files {
            list.append(contentsOf: file.source.utf8)
            list.append(0)
            list.append(contentsOf: file.compiled.utf8)
            list.append(0)
        }
        // A file, not a pipe: nobody has to read and write at the same time.
        let input = try scratch(Path.join(root, listName), list)
        var variables = environment
        // Each would change what comes out.
        for name in ["SOURCE_DATE_EPOCH", "PYTHONPYCACHEPREFIX", "PYTHONOPTIMIZE", "PYTHONHOME", "PYTHONPATH"] {
            variables[name] = nil
        }
        return try runProgram(
            [python, "-I", "-S", "-W", "ignore", "-c", program, mode.pythonName], environment: variables,
            currentDirectory: root, input: input.rawValue, errors: .dropped, limit: files.count,
            cancellation: cancellation, silence: silence, heard: heard)
    }

    /// A file without a name that holds `bytes` and stands at its beginning.
    private static func scratch(_ path: String, _ bytes: [UInt8]) throws(Failure) -> Descriptor {
        do throws(Errno) {
            let file = try SystemCall.open(path, [.readWrite, .create, .exclusive, .noFollow], mode: 0o600)
            try SystemCall.unlink(path)
            // Written by place, so that reading begins at the beginning.
            try bytes.withBytes { (bytes) throws(Errno) in try SystemCall.writeAll(file, at: 0, bytes) }
            return file
        } catch {
            throw Failure(error, path, "write")
        }
    }
}
