// SPDX-License-Identifier: BSD-3-Clause
import Configuration
package import Failures
package import Platform

/// A file in a directory of PATH that starts a program of a tool's environment. Its first line names krait, so that the
/// kernel hands the file and the arguments over without a shell; the next ones say which program of which environment.
package struct ToolLauncher: Sendable, Equatable {
    /// The word that the first line gives to krait.
    package static let word = "launch"

    let prefix: String
    /// A name in `bin`.
    let program: String

    /// What longer first lines are cut off at (Linux before 5.1).
    private static let longestLine = 127

    init(prefix: String, program: String) {
        self.prefix = prefix
        self.program = program
    }

    /// The launcher in a file; nil when it is none.
    init?(_ bytes: [UInt8]) {
        let lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard lines.count == 4, lines[0].hasPrefix("#!"), lines[0].hasSuffix(" \(Self.word)"),
            Path.isAbsolute(lines[1]), !lines[2].isEmpty, !lines[2].contains("/"), lines[3].isEmpty
        else { return nil }
        self.init(prefix: lines[1], program: lines[2])
    }

    /// The launcher at `path`; nil when something else, or nothing, is there.
    init?(at path: String, in directory: DirectoryReference = .currentDirectory) {
        guard let status = try? SystemCall.status(path, followLinks: false, at: directory), status.kind == .regular,
            let bytes = try? readFile(path, limit: 8192, at: directory)
        else { return nil }
        self.init(bytes)
    }

    /// What the file holds.
    ///
    /// - Throws: `Failure(.usage)` when the kernel would not find krait by the first line.
    func bytes(executable: String) throws(Failure) -> [UInt8] {
        let line = "#!\(executable) \(Self.word)"
        guard line.utf8.count <= Self.longestLine, !executable.utf8.contains(where: { $0 <= 0x20 }) else {
            throw Failure(
                .usage, executable, "cannot be started by the first line of a file: it is too long or has a space",
                hint: "call krait by a shorter path, or by a link that is on PATH")
        }
        return Array("\(line)\n\(prefix)\n\(program)\n".utf8)
    }

    /// What `krait launch FILE ARGUMENT…` becomes; it keeps the environment from being removed.
    ///
    /// - Throws: `Failure` when the file is no launcher or its environment is gone.
    package static func command(_ words: ArraySlice<String>, _ environment: ProcessEnvironment) throws(Failure)
        -> RunCommand
    {
        guard let file = words.first else { throw Failure(.usage, "krait \(word)", "needs the file of a launcher") }
        // While a tool is brought up to date its launchers are written anew.
        for _ in 0..<3 {
            guard let bytes = try? readFile(file, limit: 8192), let launcher = ToolLauncher(bytes) else {
                throw Failure(.usage, file, "is not a launcher of a tool")
            }
            guard EnvironmentSlot.hold(launcher.prefix) else { continue }
            var sources = Settings.Sources()
            sources.ignoresFiles = true
            let program = Path.join(launcher.prefix, "bin/\(launcher.program)")
            let request = RunCommand.Request(prefix: launcher.prefix, command: [program] + words.dropFirst())
            return try RunCommand(request, settings: try Settings.load(environment, sources))
        }
        throw Failure(
            .other, file, "starts a program of a tool that is gone",
            hint: "`krait tool list` shows what is there; `krait tool install` makes it again")
    }
}
