// SPDX-License-Identifier: BSD-3-Clause

extension Completion {
    /// zsh with its completion system loaded.
    var zsh: String {
        """
        #compdef \(command)
        _\(command)() {
            local place="" word i operands=0 current="${words[CURRENT]}" previous="${words[CURRENT-1]}"
            local -a verbs options
            for ((i = 2; i < CURRENT; i++)); do
                word="${words[i]}"
                case "$word" in
                    \(valueSpellings.joined(separator: " | "))) ((i++)); continue ;;
                    -*) continue ;;
                esac
                case "$place/$word" in
        \(steps.map { "            \($0.from)/\($0.word)) place=\($0.to) ;;" }.joined(separator: "\n"))
                    *) operands=1 ;;
                esac
                [[ $place$operands == /run1 ]] && { _files; return }
            done
            options=(
        \(globalOptions.flatMap(zshRows).joined(separator: "\n"))
            )
            case "$place" in
        \(places.map(zshPlace).joined(separator: "\n"))
            esac
            case "$previous" in
        \(valued.map { "        \($0.spellings.joined(separator: " | "))) \(zshReply($0.words)); return ;;" }
            .joined(separator: "\n"))
            esac
            if [[ $current == -* ]]; then
                _describe -o option options
            elif (( $#verbs )); then
                _describe command verbs
            else
                case "$place" in
        \(places.filter { $0.operands != .none }.map { "            \($0.path)) \(zshReply($0.operands)) ;;" }
            .joined(separator: "\n"))
                    *) _files ;;
                esac
            fi
        }
        if (( ${+functions[compdef]} )); then compdef _\(command) \(command); fi

        """
    }

    private func zshPlace(_ place: Place) -> String {
        var text = "        \(place.path.isEmpty ? "''" : place.path))\n"
        if !place.verbs.isEmpty {
            let rows = place.verbs.flatMap { verb in verb.names.map { "            \(row($0, verb.summary))" } }
            text += "            verbs=(\n\(rows.joined(separator: "\n"))\n            )\n"
        }
        if !place.options.isEmpty {
            text += "            options+=(\n\(place.options.flatMap(zshRows).joined(separator: "\n"))\n            )\n"
        }
        return text + "            ;;"
    }

    private func zshRows(_ option: Option) -> [String] {
        Self.spellings(option).map { "            " + row($0, option.summary) }
    }

    /// `'word:what it is'`, as `_describe` wants it.
    private func row(_ word: String, _ summary: String) -> String {
        let text = "\(word):\(summary)"
        return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }

    private func zshReply(_ words: Words) -> String {
        switch words {
        case .none: "_message value"
        case .files: "_files"
        case .directories: "_files -/"
        case .programs: "_command_names -e"
        case .environments: "compadd -- ${(f)\"$(\(command) shell completion --environments 2>/dev/null)\"}"
        case .words(let words): "compadd -- \(words.joined(separator: " "))"
        }
    }
}
