// SPDX-License-Identifier: BSD-3-Clause
import Engine
import Failures
import Platform

extension Session {
    /// Runs the environment behind this executable (`krait pack --format exe`).
    func runPacked(_ payload: Payload, _ words: [String]) -> Int32 {
        ThisProcess.forbidDumps()
        do throws(Failure) {
            let (prefix, wanted) = try Self.packedWords(words)
            if wanted == nil {
                try console.data(packedHelp)
                return 0
            }
            installSignalHandlers(cancellation)
            limitHeapGrowth()
            let place = prefix.map { Path.absolute($0, base: environment.currentDirectory) }
            let ready = try PackedExecutable(payload, environment, cancellation).unpack(
                to: place, wanted: wanted ?? [])
            for warning in ready.warnings { console.warn(warning) }
            guard ready.isTemporary else { return become(ready.command) }
            defer { ready.remove() }
            do throws(Failure) {
                return try ready.command.run().code
            } catch {
                console.message(FailureText.text(of: error))
                return RunCommand.exitCode(for: error)
            }
        } catch {
            return report(error, isCommandLine: false)
        }
    }

    /// - Returns: where to unpack, and what to run; nil when help is asked for.
    private static func packedWords(_ words: [String]) throws(Failure) -> (prefix: String?, command: [String]?) {
        var rest = words[...]
        var prefix: String?
        while let word = rest.popFirst() {
            switch word {
            case "--": return (prefix, Array(rest))
            case "--help", "-h": return (nil, nil)
            case "--prefix":
                guard let place = rest.popFirst(), !place.isEmpty else {
                    throw Failure(.usage, "--prefix", "needs a directory", hint: "write --prefix DIR")
                }
                prefix = place
            case _ where word.hasPrefix("--prefix=") && word.utf8.count > 9: prefix = String(word.dropFirst(9))
            default:
                throw Failure(
                    .usage, word, "is not an option of this executable",
                    hint: "write `--` before what is for the program: -- \(word)")
            }
        }
        return (prefix, [])
    }

    private var packedHelp: String {
        let name = environment.arguments.first.map { Path.name($0) } ?? "krait"
        return """
            Usage: \(name) [--prefix DIR] [-- WORD…]

            Unpacks the environment in this file and runs what it was packed for, or the command in WORDS; with an
            entrypoint they are its arguments.

              --prefix DIR  unpack there, unless that was done before, and keep it; otherwise it is removed at the end

            Made by krait \(ToolVersion.full), `krait pack --format exe`.

            """
    }
}
