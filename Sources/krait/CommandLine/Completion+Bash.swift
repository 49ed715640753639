// SPDX-License-Identifier: BSD-3-Clause

extension Completion {
    /// bash 3.2 and later.
    var bash: String {
        """
        _\(command)() {
            local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}" place="" word i operands=0
            COMPREPLY=()
            for ((i = 1; i < COMP_CWORD; i++)); do
                word="${COMP_WORDS[i]}"
                case "$word" in
                    \(valueSpellings.joined(separator: " | "))) ((i++)); continue ;;
                    -*) continue ;;
                esac
                case "$place/$word" in
        \(steps.map { "            \($0.from)/\($0.word)) place=\($0.to) ;;" }.joined(separator: "\n"))
                    *) operands=1 ;;
                esac
                [[ $place$operands == /run1 ]] && return
            done
            case "$previous" in
        \(valued.map { "        \($0.spellings.joined(separator: " | "))) \(bashReply($0.words)); return ;;" }
            .joined(separator: "\n"))
            esac
            if [[ $current == -* ]]; then
                local options="\(spelled(globalOptions))"
                case "$place" in
        \(places.filter { !$0.options.isEmpty }.map {
            "            \($0.path)) options+=\" \(spelled($0.options))\" ;;"
        }.joined(separator: "\n"))
                esac
                COMPREPLY=($(compgen -W "$options" -- "$current"))
                return
            fi
            case "$place" in
        \(places.compactMap { place in
            let reply = place.verbs.isEmpty ? place.operands : .words(place.verbs.flatMap(\.names))
            return reply == .none ? nil : "        \(place.path.isEmpty ? "''" : place.path)) \(bashReply(reply)) ;;"
        }.joined(separator: "\n"))
            esac
        }
        complete -o bashdefault -o default -F _\(command) \(command)

        """
    }

    private func bashReply(_ words: Words) -> String {
        switch words {
        // Without an answer of ours readline completes names of files, and quotes them.
        case .none, .files, .directories: ":"
        case .programs: "COMPREPLY=($(compgen -c -- \"$current\"))"
        case .environments:
            "COMPREPLY=($(compgen -W \"$(\(command) shell completion --environments 2>/dev/null)\" -- \"$current\"))"
        case .words(let words): "COMPREPLY=($(compgen -W \"\(words.joined(separator: " "))\" -- \"$current\"))"
        }
    }

    private func spelled(_ options: [Option]) -> String { options.flatMap(Self.spellings).joined(separator: " ") }
}
