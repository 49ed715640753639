// SPDX-License-Identifier: BSD-3-Clause
import Activation
package import Failures
package import Platform

/// Start-up files for a zsh that begins in an environment: the user's own come first, and may put what they like before it
/// on PATH; then the environment is activated again. They are gone before the first prompt.
package struct SubshellStart: Sendable {
    /// What `ZDOTDIR` is to be.
    package let directory: String

    /// Writes them into a new private directory.
    ///
    /// - Parameter executable: krait's path.
    package init(executable: String, environment: ProcessEnvironment) throws(Failure) {
        directory = Path.join(environment["TMPDIR"] ?? "/tmp", temporaryName(prefix: ".krait-shell-"))
        try FileSystem.createDirectory(directory, mode: 0o700)
        let own = environment.variables["ZDOTDIR"].map { "ZDOTDIR=\(Shell.zsh.quoted($0))" } ?? "unset ZDOTDIR"
        let krait = Shell.zsh.quoted(executable)
        let first = """
            __krait_start=$ZDOTDIR
            \(own)
            [[ -r ${ZDOTDIR:-$HOME}/.zshenv ]] && source "${ZDOTDIR:-$HOME}/.zshenv"
            (( ${+ZDOTDIR} )) && __krait_own=$ZDOTDIR
            ZDOTDIR=$__krait_start

            """
        let last = """
            command rm -f -- "$ZDOTDIR/.zshenv" "$ZDOTDIR/.zshrc"
            command rmdir -- "$ZDOTDIR"
            unset ZDOTDIR __krait_start
            if (( ${+__krait_own} )); then
                export ZDOTDIR=$__krait_own
                unset __krait_own
            fi
            [[ -r ${ZDOTDIR:-$HOME}/.zshrc ]] && source "${ZDOTDIR:-$HOME}/.zshrc"
            eval "$(\(krait) shell hook -s zsh; \(krait) shell reactivate -s zsh --in-front)"

            """
        do throws(Failure) {
            try writeNewFile(Path.join(directory, ".zshenv"), Array(first.utf8), mode: 0o600)
            try writeNewFile(Path.join(directory, ".zshrc"), Array(last.utf8), mode: 0o600)
        } catch {
            remove()
            throw error
        }
    }

    /// For a shell that did not start.
    package func remove() { try? FileSystem.removeTree(directory) }
}
