// SPDX-License-Identifier: BSD-3-Clause

/// Words that mean one thing to krait and another to the tool it is called as.
extension Dialect {
    /// A word after a verb, or after any, and krait's own word for it.
    private struct Spelling {
        var verb: String?
        var word: String
        /// Nil for a word that says nothing to krait.
        var own: String?
    }

    private var spellings: [Spelling] {
        switch self {
        case .krait: []
        // Flags of micromamba; krait's take a value, as conda's `--experimental` does.
        case .micromamba, .mamba:
            [
                Spelling(word: "--pin", own: "--pinned"), Spelling(word: "--pyc", own: "--compile-pyc"),
                Spelling(word: "--experimental"),
            ]
        case .conda: [Spelling(verb: "list", word: "-r", own: "--revisions")]
        }
    }

    /// The command line in krait's own spelling; conda also has the shell in the name of a verb (`shell.bash hook`).
    func ownSpelling(_ words: [String]) -> [String] {
        let options = dialectWords(words)
        if let verb = words.dropFirst(options).first, verb.hasPrefix("shell."), verb.utf8.count > 6 {
            return Array(words.prefix(options)) + ["shell"] + words.dropFirst(options + 1)
                + ["--shell", String(verb.dropFirst(6))]
        }
        let spellings = spellings
        if spellings.isEmpty { return words }
        // What follows the command of `run`, or `--`, is not ours.
        let end = words.firstIndex { $0 == "--" || $0 == "run" } ?? words.count
        return repeating(words[..<end]).compactMap { word in
            let spelling = spellings.first {
                $0.word == word && ($0.verb.map(words[..<end].contains) ?? true)
            }
            return spelling.map(\.own) ?? word
        } + words[end...]
    }

    /// How many words in front of the verb say which dialect is meant.
    private func dialectWords(_ words: [String]) -> Int {
        switch words.first {
        case "--dialect" where words.count > 1: 2
        case let word? where word.hasPrefix("--dialect="): 1
        default: 0
        }
    }

    /// micromamba's `--category A B`: the option before each of its values.
    private func repeating(_ words: ArraySlice<String>) -> [String] {
        guard isMamba, words.contains("--category") else { return Array(words) }
        var result: [String] = []
        var values = Int.max
        for word in words {
            values = word.hasPrefix("-") ? word == "--category" ? 0 : .max : values == .max ? .max : values + 1
            if values > 1, values < .max { result.append("--category") }
            result.append(word)
        }
        return result
    }
}
