// SPDX-License-Identifier: BSD-3-Clause
package import Failures

extension Shell {
    /// The code that does a transform in this shell; to be evaluated by it.
    ///
    /// - Throws: `Failure(.usage)` when a text has a line end or another control character that the shell cannot be given.
    package func code(for transform: Transform) throws(Failure) -> String {
        if self == .tcsh { try requirePrintable(transform) }
        if self == .xonsh, case .set(let path) = transform.searchPath, path.utf8.contains(UInt8(ascii: "$")) {
            throw Failure(
                .usage, "xonsh", "`PATH` would have a `$` in it, which xonsh takes for a variable",
                hint: "use another shell, or another directory")
        }
        var lines: [String] = []
        switch transform.searchPath {
        case .none: break
        case .set(let text): lines.append(exportPath(text))
        case .unset: lines.append(unset("PATH"))
        }
        lines += transform.deactivateScripts.map(source)
        // Before the variables: the old modifier must still be there to be found in the prompt.
        lines += prompt(transform.prompt)
        lines += transform.unset.map(unset)
        lines += transform.export.map { export($0.name, $0.value) }
        lines += transform.activateScripts.map(source)
        // `eval (krait activate x)` in fish, and any backquotes in tcsh, put spaces in the place of line ends.
        let end = self == .tcsh || self == .fish ? ";\n" : "\n"
        return lines.map { $0 + end }.joined()
    }

    /// tcsh evaluates what backquotes give, which have no line ends, and knows no escapes in words.
    private func requirePrintable(_ transform: Transform) throws(Failure) {
        var texts = transform.export.map { (subject: "the variable `\($0.name)`", text: $0.value) }
        if case .set(let path) = transform.searchPath { texts.append(("`PATH`", path)) }
        texts += (transform.deactivateScripts + transform.activateScripts).map { ("the name of a script", $0) }
        for (subject, text) in texts where text.unicodeScalars.contains(where: { $0.isControl }) {
            throw Failure(
                .usage, "tcsh", "\(subject) has a line end or another control character, which tcsh cannot be given",
                hint: "use another shell, or take the character out")
        }
    }

    /// One variable set and exported.
    func export(_ name: String, _ value: String) -> String {
        switch self {
        case .bash, .zsh, .posix: "export \(name)=\(quoted(value))"
        case .fish: "set -gx \(name) \(quoted(value))"
        case .tcsh: "setenv \(name) \(quoted(value))"
        case .xonsh: "$\(name) = \(quoted(value))"
        case .powershell: "$Env:\(name) = \(quoted(value))"
        }
    }

    private func exportPath(_ text: String) -> String {
        let entries = text.split(separator: ":", omittingEmptySubsequences: false).map { quoted(String($0)) }
        switch self {
        case .fish: return "set -gx PATH \(entries.joined(separator: " "))"
        case .xonsh: return "$PATH = [\(entries.joined(separator: ", "))]"
        default: return export("PATH", text)
        }
    }

    private func unset(_ name: String) -> String {
        switch self {
        case .bash, .zsh, .posix: "unset \(name)"
        case .fish: "set -e \(name)"
        case .tcsh: "unsetenv \(name)"
        case .xonsh: "__xonsh__.env.pop('\(name)', None)"
        case .powershell: "Remove-Item -ErrorAction SilentlyContinue Env:\(name)"
        }
    }

    private func source(_ path: String) -> String {
        switch self {
        case .bash, .zsh, .posix, .powershell: ". \(quoted(path))"
        case .fish, .tcsh: "source \(quoted(path))"
        // Of a quoted word of a command xonsh expands the variables, of a value not.
        case .xonsh: "source-bash --suppress-skip-message @(\(quoted(path)))"
        }
    }

    /// `CONDA_PROMPT_MODIFIER` still holds the text that is in front of the prompt when this runs.
    private func prompt(_ change: Transform.PromptChange) -> [String] {
        guard case .replace(let text, let level) = change else { return [] }
        switch self {
        case .bash, .zsh, .posix:
            let old = "${CONDA_PROMPT_MODIFIER-}"
            return [
                "case \"${PS1-}\" in *POWERLINE_COMMAND*) ;; *) "
                    + "if [ -n \"${PS1+x}\" ]; then PS1=\(quoted(text))\"${PS1#\"\(old)\"}\"; fi ;; esac"
            ]
        case .fish: return level == 0 ? [Shell.fishPromptRemoval] : [Shell.fishPrompt]
        case .tcsh:
            return level == 0
                ? [
                    "if ( $?__conda_prompt ) eval 'set prompt = $__conda_prompt:q'",
                    "unset __conda_prompt __conda_modifier",
                ]
                // A script has no prompt, and variables of a line are looked up before its condition: hence `eval`.
                : [
                    "if ( $?prompt && ! $?__conda_prompt ) eval 'set __conda_prompt = $prompt:q'",
                    "set __conda_modifier = \(quoted(text))",
                    "if ( $?__conda_prompt ) eval 'set prompt = $__conda_modifier:q$__conda_prompt:q'",
                ]
        case .xonsh: return []
        case .powershell: return level == 0 ? [Shell.powershellPromptRemoval] : [Shell.powershellPrompt]
        }
    }

    /// fish asks a function for its prompt: ours says the modifier and calls the one that was there, with its status.
    private static let fishPrompt = """
        if not functions -q __conda_prompt_before; and functions -q fish_prompt;
            functions -c fish_prompt __conda_prompt_before;
            function __conda_status;
                return $argv[1];
            end;
            function fish_prompt;
                set -l code $status;
                printf '%s' "$CONDA_PROMPT_MODIFIER";
                __conda_status $code;
                __conda_prompt_before;
            end;
        end
        """

    private static let fishPromptRemoval = """
        if functions -q __conda_prompt_before;
            functions -e fish_prompt __conda_status;
            functions -c __conda_prompt_before fish_prompt;
            functions -e __conda_prompt_before;
        end
        """

    /// It is evaluated within the hook's function, where new functions would last as long as the call.
    private static let powershellPrompt = """
        if (-not (Test-Path Function:CondaPromptBefore)) {
            Copy-Item Function:prompt Function:global:CondaPromptBefore
            function global:prompt { "$Env:CONDA_PROMPT_MODIFIER$(CondaPromptBefore)" }
        }
        """

    private static let powershellPromptRemoval = """
        if (Test-Path Function:CondaPromptBefore) {
            Copy-Item -Force Function:CondaPromptBefore Function:global:prompt
            Remove-Item Function:CondaPromptBefore
        }
        """
}
