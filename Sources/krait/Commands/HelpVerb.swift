// SPDX-License-Identifier: BSD-3-Clause
import Failures

extension Option {
    fileprivate static let manualPage = Flag(
        "man", "print the manual page of this file name; without one list them all")
}

extension Verb {
    static let help = Verb(
        ["help"], "Show help on a command or a topic", operands: "[COMMAND… | TOPIC]",
        options: [.manualPage],
        examples: ["krait help channels", "krait help env export", "krait help --man krait-create.1 | man -l -"]
    ) { (session, invocation) throws(Failure) in
        let words = invocation.operands
        if invocation[.manualPage] {
            let pages = ManualPage.all(Verb.all, Option.global + Option.general)
            guard let name = words.first else {
                try session.console.text(pages.map { $0.name + "\n" }.joined())
                return 0
            }
            guard let page = pages.first(where: { $0.name == name }) else {
                throw Failure(.usage, name, "is not a manual page", hint: "krait help --man lists them")
            }
            try session.console.text(page.text)
            return 0
        }
        guard let first = words.first else {
            try session.console.text(Help.overview(Verb.all, Option.global) + topics)
            return 0
        }
        if words.count == 1, let topic = HelpTopic.all.first(where: { $0.name == first }) {
            try session.console.text(topic.text() + "\n")
            return 0
        }
        var path: [Verb] = []
        for word in words {
            guard let verb = (path.last?.verbs ?? Verb.all).first(where: { $0.names.contains(word) }) else {
                let known = HelpTopic.all.map(\.name) + Verb.all.flatMap(\.names)
                let near = Suggestion.nearest(to: word, among: known)
                throw Failure(
                    .usage, word, "is neither a command nor a topic",
                    hint: near.map { "did you mean `\($0)`?" } ?? "krait help lists them")
            }
            path.append(verb)
        }
        try session.console.text(Help.text(for: path, Option.global, Option.general))
        return 0
    }

    private static var topics: String {
        let width = HelpTopic.all.map(\.name.count).max() ?? 0
        return "\nTopics (krait help TOPIC):\n"
            + HelpTopic.all.map { topic in
                let gap = String(repeating: " ", count: width + 2 - topic.name.count)
                return "  \(topic.name)\(gap)\(topic.summary)\n"
            }.joined()
    }
}
