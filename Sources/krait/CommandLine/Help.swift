// SPDX-License-Identifier: BSD-3-Clause

/// Help texts, made from the tables of verbs and options.
enum Help {
    /// The list of verbs.
    static func overview(_ verbs: [Verb], _ options: [Option]) -> String {
        """
        krait installs conda packages: from specs, an environment.yml or a lock file to a working environment.

        Usage: krait COMMAND [OPTION…]

        Commands:
        \(table(verbs.map { ($0.names.joined(separator: ", "), $0.summary) }))

        Global options:
        \(table(options.map(row)))

        Examples:
          krait create -n science python=3.12 numpy pandas
          krait create -p ./env -f environment.yml
          krait run -n science python -c 'import numpy'

        """
    }

    /// The help of one verb, or the list of verbs of a noun.
    static func text(for path: [Verb], _ globalOptions: [Option], _ generalOptions: [Option] = []) -> String {
        guard let verb = path.last else { return "" }
        let name = path.map { $0.names[0] }.joined(separator: " ")
        if verb.isNoun {
            let alone = verb.action == nil ? "" : "       krait \(name) [OPTION…]\n"
            let known = verb.options.filter(\.isEffective)
            let options = known.isEmpty ? "" : "\nOptions:\n\(table(known.map(row)))\n"
            return """
                \(verb.summary)

                Usage: krait \(name) COMMAND [OPTION…]
                \(alone)
                Commands:
                \(table(verb.verbs.map { ($0.names.joined(separator: ", "), $0.summary) }))
                \(options)\(verb.action == nil ? "" : withoutEffect(verb, generalOptions))
                """
        }
        var text =
            "\(verb.summary)\n\nUsage: krait \(name) [OPTION…]\(verb.operands.isEmpty ? "" : " " + verb.operands)\n"
        if verb.names.count > 1 { text += "Also: \(verb.names.dropFirst().joined(separator: ", "))\n" }
        let options = verb.options.filter(\.isEffective)
        if !options.isEmpty { text += "\nOptions:\n\(table(options.map(row)))\n" }
        text += "\nGlobal options:\n\(table(globalOptions.map(row)))\n"
        text += withoutEffect(verb, generalOptions)
        if !verb.examples.isEmpty { text += "\nExamples:\n" + verb.examples.map { "  \($0)\n" }.joined() }
        return text
    }

    /// What is taken for the sake of scripts that were written for other tools.
    private static func withoutEffect(_ verb: Verb, _ generalOptions: [Option]) -> String {
        let known = verb.passesRest ? verb.options : verb.options + generalOptions
        let ignored = known.filter { if case .none = $0.effect { true } else { false } }
        if ignored.isEmpty { return "" }
        return "\nAccepted and without effect:\n\(table(ignored.map { (spellings($0), $0.summary) }))\n"
    }

    /// All names of an option without effect: whoever looks one up finds it.
    private static func spellings(_ option: Option) -> String {
        var lines = ["--\(option.name)"]
        for name in option.aliases {
            if lines[lines.count - 1].count + name.count > 90 { lines.append("") }
            lines[lines.count - 1] += (lines.last == "" ? "" : ", ") + "--\(name)"
        }
        let names = lines.joined(separator: ",\n      ")
        return (option.letter.map { "-\($0), " } ?? "    ") + names + (option.valueName.map { " \($0)" } ?? "")
    }

    private static func row(_ option: Option) -> (String, String) {
        let letter = option.letter.map { "-\($0), " } ?? "    "
        let value = option.valueName.map { " \($0)" } ?? ""
        return ("\(letter)--\(option.name)\(value)", option.summary)
    }

    /// Two columns; the right one starts below when the left one is long.
    private static func table(_ rows: [(String, String)]) -> String {
        let width = min(rows.map { $0.0.count }.max() ?? 0, 30)
        return rows.map { left, right in
            left.count > width
                ? "  \(left)\n  \(String(repeating: " ", count: width))  \(right)"
                : "  \(left)\(String(repeating: " ", count: width - left.count))  \(right)"
        }.joined(separator: "\n")
    }
}
