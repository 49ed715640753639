// SPDX-License-Identifier: BSD-3-Clause
package import Activation
package import Failures
package import Platform

/// The start-up files of a shell, with the block that loads krait's functions put in or taken out.
package struct ShellStartFiles: Sendable {
    /// One file that is to change.
    package struct Edit: Sendable {
        package var path: String
        /// nil where there is no file yet.
        var before: String?
        var after: String
    }

    /// The files that will change; none when all is as asked.
    package private(set) var edits: [Edit] = []
    /// All files that were looked at.
    package let files: [String]
    /// From reading to writing: what another krait adds meanwhile would be lost.
    private let lock: FileLock.Held?

    /// Plans to add `block`, or with nil to take the block out.
    ///
    /// - Throws: `Failure(.usage)` without a home directory, `Failure(.parse)` for a file that is no UTF-8.
    package init(
        _ shell: Shell, block: String?, owner: ShellConfiguration.Owner = .krait, environment: ProcessEnvironment
    ) throws(Failure) {
        guard let home = environment.homeDirectory else {
            throw Failure(
                .usage, "shell init", "there is no home directory to put it in",
                hint: "evaluate `krait shell hook -s \(shell.rawValue)` where it is needed")
        }
        lock = FileLock.held(in: home)
        var texts: [String: String] = [:]
        files = ShellConfiguration.files(
            shell, home: home, variables: environment.ownVariables, owner: owner
        ) { path in
            let text = (try? readFileIfPresent(path, limit: 1 << 24)).flatMap { $0 }
            return text.map { String(decoding: $0, as: UTF8.self) }
        }
        for path in files {
            guard let bytes = try readFileIfPresent(path, limit: 1 << 24) else { continue }
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw Failure(
                    .parse, path, "is not in UTF-8, and is left as it is",
                    hint: "put this in by hand:\n\(block ?? "")")
            }
            texts[path] = text
        }
        for path in files {
            let before = texts[path]
            let after =
                block.map { ShellConfiguration.adding($0, to: before ?? "", owner: owner) }
                ?? ShellConfiguration.removing(from: before ?? "", owner: owner)
            if after != before ?? "" { edits.append(Edit(path: path, before: before, after: after)) }
        }
    }

    /// Writes the files, each at one instant, with their modes kept; links stay, and what they lead to changes.
    package func apply() throws(Failure) {
        for edit in edits {
            let path = FileSystem.realPath(edit.path) ?? edit.path
            let status = try FileSystem.status(path)
            if edit.after.isEmpty, path == edit.path {
                // What is empty now was ours: an empty .bash_profile would hide a .profile.
                try FileSystem.unlink(path)
                continue
            }
            guard let status else {
                try FileSystem.createDirectories(Path.parent(path))
                try writeFileAtomically(path, Array(edit.after.utf8), mode: 0o644)
                continue
            }
            if status.owner != effectiveUserID() || status.linkCount > 1 {
                // A new file would have another owner, or part from its other names.
                try overwriteFile(path, Array(edit.after.utf8))
            } else {
                try writeFileAtomically(path, Array(edit.after.utf8), mode: status.mode)
                try FileSystem.setMode(path, status.mode)
            }
        }
    }
}
