// SPDX-License-Identifier: BSD-3-Clause

/// Manual pages in troff's `man` macros, made from the tables of verbs, options and topics.
struct ManualPage {
    /// The file's name, e.g. `krait-env-list.1`.
    let name: String
    let text: String

    /// The page of the tool, one for each verb and noun, and one for each topic.
    static func all(_ verbs: [Verb], _ globalOptions: [Option]) -> [ManualPage] {
        var pages = [tool(verbs, globalOptions)]
        func append(_ verbs: [Verb], below path: [Verb]) {
            for verb in verbs {
                pages.append(page(path + [verb], globalOptions))
                append(verb.verbs, below: path + [verb])
            }
        }
        append(verbs, below: [])
        return pages + HelpTopic.all.map(page)
    }

    private static func tool(_ verbs: [Verb], _ options: [Option]) -> ManualPage {
        var text = head("krait", 1, "install conda packages")
        text += ".SH SYNOPSIS\n.B krait\n.I COMMAND\n[\\fIOPTION\\fR ...]\n"
        text += ".SH DESCRIPTION\n"
        text += escaped("krait turns specs, an environment.yml or a lock file into a working environment.") + "\n"
        text += ".SH COMMANDS\n" + verbs.map { entry("krait-\($0.names[0])(1)", $0.summary) }.joined()
        text += ".SH GLOBAL OPTIONS\n" + options.map(entry).joined()
        text += ".SH TOPICS\n" + HelpTopic.all.map { entry("krait-\($0.name)(7)", $0.summary) }.joined()
        return ManualPage(name: "krait.1", text: text)
    }

    private static func page(_ path: [Verb], _ globalOptions: [Option]) -> ManualPage {
        let verb = path[path.count - 1]
        let words = path.map { $0.names[0] }
        let name = (["krait"] + words).joined(separator: "-")
        var text = head(name, 1, verb.summary)
        text += ".SH SYNOPSIS\n.B \(escaped("krait " + words.joined(separator: " ")))\n"
        if verb.isNoun { text += ".I COMMAND\n" }
        text += "[\\fIOPTION\\fR ...]" + (verb.operands.isEmpty ? "" : " " + escaped(verb.operands)) + "\n"
        if verb.names.count > 1 {
            text += ".SH ALSO CALLED\n" + escaped(verb.names.dropFirst().joined(separator: ", ")) + "\n"
        }
        if verb.isNoun {
            text += ".SH COMMANDS\n" + verb.verbs.map { entry("\(name)-\($0.names[0])(1)", $0.summary) }.joined()
        }
        if !verb.options.isEmpty { text += ".SH OPTIONS\n" + verb.options.map(entry).joined() }
        text += ".SH GLOBAL OPTIONS\n" + globalOptions.map(entry).joined()
        if !verb.examples.isEmpty {
            text += ".SH EXAMPLES\n.nf\n" + verb.examples.map { escaped($0) + "\n" }.joined() + ".fi\n"
        }
        return ManualPage(name: "\(name).1", text: text + ".SH SEE ALSO\n.BR krait (1)\n")
    }

    private static func page(_ topic: HelpTopic) -> ManualPage {
        let text = head("krait-\(topic.name)", 7, topic.summary) + ".SH DESCRIPTION\n.nf\n"
        let lines = topic.text().split(separator: "\n", omittingEmptySubsequences: false)
        return ManualPage(
            name: "krait-\(topic.name).7",
            text: text + lines.map { escaped(String($0)) + "\n" }.joined() + ".fi\n.SH SEE ALSO\n.BR krait (1)\n")
    }

    private static func head(_ name: String, _ section: Int, _ summary: String) -> String {
        ".TH \(name.uppercased()) \(section) \"\" \"krait\" \"\"\n.SH NAME\n\(escaped(name)) \\- \(escaped(summary))\n"
    }

    private static func entry(_ option: Option) -> String {
        let names = (option.letter.map { ["-\($0)"] } ?? []) + ([option.name] + option.aliases).map { "--\($0)" }
        return entry(names.joined(separator: ", ") + (option.valueName.map { " \($0)" } ?? ""), option.summary)
    }

    private static func entry(_ title: String, _ text: String) -> String {
        ".TP\n\\fB\(escaped(title))\\fR\n\(escaped(text))\n"
    }

    /// Text whose hyphens can be copied, and which does not begin like a request of troff.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "\\": result += "\\e"
            case "-": result += "\\-"
            case "…": result += "..."
            default: result.append(character)
            }
        }
        return result.hasPrefix(".") || result.hasPrefix("'") ? "\\&" + result : result
    }
}
