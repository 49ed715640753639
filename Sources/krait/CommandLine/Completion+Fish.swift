// SPDX-License-Identifier: BSD-3-Clause

extension Completion {
    /// fish 3 and later.
    var fish: String {
        let at = "__\(identifier)_at"
        var lines = [
            """
            function \(at) --description 'whether the words before the cursor lead to one of these places'
                set -l place /
                set -l skip 0
                for word in (commandline -opc)[2..-1]
                    if test $skip = 1
                        set skip 0
                        continue
                    end
                    switch $word
                        case \(valueSpellings.joined(separator: " "))
                            set skip 1
                            continue
                        case '-*'
                            continue
                    end
                    switch "$place $word"
            """
        ]
        lines += steps.map { "            case '\(fishPath($0.from)) \($0.word)'; set place \($0.to)" }
        lines += [
            """
                    end
                end
                contains -- $place $argv
            end
            complete -c \(command) -f
            """
        ]
        lines += globalOptions.map { fishOption($0, condition: nil) }
        for place in places {
            let condition = "\(at) \(fishPath(place.path))"
            for verb in place.verbs {
                let words = "-a \(verb.names[0]) -d \(quoted(verb.summary))"
                lines.append("complete -c \(command) -n \(quoted(condition)) \(words)")
            }
            lines += place.options.map { fishOption($0, condition: condition) }
            if let words = fishWords(place.operands) {
                lines.append("complete -c \(command) -n \(quoted(condition)) \(words)")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var identifier: String { String(command.map { $0 == "-" ? "_" : $0 }) }

    private func fishPath(_ path: String) -> String { path.isEmpty ? "/" : path }

    private func fishOption(_ option: Option, condition: String?) -> String {
        var text = "complete -c \(command)"
        if let condition { text += " -n \(quoted(condition))" }
        if let letter = option.letter { text += " -s \(letter)" }
        for name in [option.name] + option.aliases { text += " -l \(name)" }
        if option.takesValue { text += fishWords(Self.words(of: option)).map { " -r \($0)" } ?? " -x" }
        return text + " -d \(quoted(option.summary))"
    }

    private func fishWords(_ words: Words) -> String? {
        switch words {
        case .none: nil
        case .files: "-F"
        case .directories: "-f -a '(__fish_complete_directories)'"
        case .programs: "-a '(__fish_complete_subcommand)'"
        case .environments: "-f -a '(\(command) shell completion --environments 2>/dev/null)'"
        case .words(let words): "-f -a '\(words.joined(separator: " "))'"
        }
    }

    private func quoted(_ text: String) -> String {
        var result = "'"
        for character in text {
            if character == "'" || character == "\\" { result.append("\\") }
            result.append(character)
        }
        return result + "'"
    }
}
