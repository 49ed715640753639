// SPDX-License-Identifier: BSD-3-Clause
import Conda
package import Failures
import Manifests
package import Platform

/// A script that is run in an environment of what it says it needs.
package struct ScriptRequest: Sendable {
    /// The script, absolute.
    package let path: String
    /// What runs it: a program of the environment, and its arguments.
    package let interpreter: [String]
    private let metadata: InlineMetadata
    private let shown: String

    /// The script that `word` names; nil when that is not a file. A word without a slash is a file only with an ending.
    ///
    /// - Throws: `Failure(.usage)` for a script that is not there, `Failure` for what a script says of itself and is not
    ///   understood.
    package init?(_ word: String, _ environment: ProcessEnvironment) throws(Failure) {
        guard word.contains("/") || word.dropFirst().contains(".") else { return nil }
        // Files of other kinds are told apart where they are taken.
        let others = [".yml", ".yaml", ".txt", ".lock", ".conda", ".tar.bz2"]
        if others.contains(where: { word.hasSuffix($0) }) { return nil }
        let path = Path.absolute(word, base: environment.currentDirectory)
        guard let status = try FileSystem.status(path) else {
            // No package has such a name: nobody needs to be asked.
            guard word.contains("/") || Self.interpreters.contains(where: { word.hasSuffix("." + $0.ending) }) else {
                return nil
            }
            throw Failure(
                .usage, word, "there is no such file",
                hint: "a command that is a package's needs no slash and no ending: krait exec ruff check .")
        }
        guard status.kind == .regular else { return nil }
        let bytes = try readFile(path, limit: InlineMetadata.limit)
        let metadata = try InlineMetadata(script: bytes, subject: word)
        let ending = Path.name(path).split(separator: ".").dropFirst().last.map { String($0) } ?? ""
        guard
            let interpreter = metadata?.interpreter ?? Self.interpreters.first(where: { $0.ending == ending })?.words
                ?? (metadata == nil ? nil : ["python"])
        else {
            throw Failure(
                .usage, word, "is a file without metadata on what it needs",
                hint: "krait exec -s SPEC -- \(word), or a comment `# /// script` in it (PEP 723)")
        }
        self.path = path
        self.interpreter = interpreter
        self.metadata = metadata ?? InlineMetadata()
        shown = word
    }

    /// What runs a file, by the end of its name.
    private static let interpreters: [(ending: String, words: [String])] = [
        ("py", ["python"]), ("sh", ["sh"]), ("bash", ["bash"]), ("R", ["Rscript"]), ("r", ["Rscript"]),
        ("js", ["node"]),
        ("mjs", ["node"]), ("pl", ["perl"]), ("rb", ["ruby"]), ("lua", ["lua"]), ("jl", ["julia"]), ("php", ["php"]),
    ]

    /// Where the script's lock is: what the script names, else `SCRIPT.conda-lock.yml` beside it.
    package var lock: String {
        metadata.lock.map { Path.absolute($0, base: Path.parent(path)) } ?? "\(path).conda-lock.yml"
    }

    /// Makes sure that the lock may be written without having been named on the command line: whoever wrote the script may
    /// keep it beside the script or below, and nowhere else.
    ///
    /// - Throws: `Failure(.usage)`.
    package func requireOwnLock() throws(Failure) {
        guard FileSystem.isWithin(Path.parent(lock), Path.parent(path)) else {
            throw Failure(
                .usage, lock, "is not in the directory of the script that names it",
                hint: "name it: `--lockfile \(lock)`")
        }
    }

    /// Adds what the script needs to `request`; the packages come from its lock where it has one and `usesLock`.
    package func add(to request: inout ChangeRequest, usesLock: Bool) throws(Failure) {
        if usesLock, FileSystem.exists(lock) {
            request.files.append(lock)
            // A list of archives tells nothing of what was asked for.
            request.locked = [".yml", ".yaml"].contains { lock.hasSuffix($0) }
        } else if usesLock, metadata.lock != nil {
            throw Failure(
                .usage, shown, "names the lock \(lock), which is not there", hint: "write it with `krait lock \(shown)`"
            )
        }
        let fromList = !request.files.isEmpty && !request.locked
        request.channels += metadata.channels.map { Self.channel($0, of: path) }
        if !fromList { request.specs += try specs() }
        guard !metadata.requirements.isEmpty else { return }
        request.pip.requirements = metadata.requirements
        request.pip.file = path
    }

    /// The specs of conda packages, with what runs the script among them.
    private func specs() throws(Failure) -> [String] {
        var specs = metadata.specs
        let names = Set(try specs.map { (text) throws(Failure) in try MatchSpec(text).exactName })
        let isPython = interpreter[0] == "python" || metadata.python != nil || !metadata.requirements.isEmpty
        if isPython, !names.contains("python") || metadata.python != nil {
            // Between versions of PEP 440 there may be spaces.
            specs.append("python" + (metadata.python.map { " " + $0.filter { !$0.isWhitespace } } ?? ""))
        } else if !isPython, metadata.interpreter == nil, let package = Self.package(of: interpreter[0]),
            !names.contains(package)
        {
            specs.append(package)
        }
        if !metadata.requirements.isEmpty, !names.contains("pip") { specs.append("pip") }
        return specs
    }

    /// The failure to make the script's environment, with what to do when its lock is not that of the script any more.
    package func explaining(_ failure: Failure) -> Failure {
        guard failure.subject == lock, failure.code == .unsatisfiable else { return failure }
        var failure = failure
        failure.hint = "lock again with `krait lock \(shown)`"
        return failure
    }

    /// The package of an interpreter that no machine is sure to have.
    private static func package(of program: String) -> String? {
        ["sh", "bash"].contains(program) || program.contains("/") ? nil : try? CommandPackage(program).package
    }

    /// A channel that is a relative path starts from the script.
    private static func channel(_ text: String, of path: String) -> String {
        text.hasPrefix("./") || text.hasPrefix("../") || text == "."
            ? Path.absolute(text, base: Path.parent(path)) : text
    }
}
