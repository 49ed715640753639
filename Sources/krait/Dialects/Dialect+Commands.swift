// SPDX-License-Identifier: BSD-3-Clause

extension Dialect {
    /// `text` with the name that the tool was called by in the commands of krait's that stand in it, so that they can be
    /// typed. Where krait is a word of a sentence it stays: it is still krait that does it.
    func calling(_ text: String) -> String {
        if self == .krait { return text }
        var words = text.split(separator: " ", omittingEmptySubsequences: false)
        var known: Set<String> = []
        for index in words.indices.dropLast() where words[index].hasSuffix("krait") {
            let before = words[index].dropLast(5)
            // Part of a path, or of another name.
            if let last = before.last, last.isLetter || last.isNumber || "/.-_".contains(last) { continue }
            if known.isEmpty { known = Set(Verb.all.flatMap(\.names) + ["COMMAND"]) }
            let next = words[index + 1]
            let verb = next.prefix { $0.isLetter || $0 == "-" }
            if next.hasPrefix("--") || known.contains(String(verb)) { words[index] = before + rawValue }
        }
        return words.joined(separator: " ")
    }

    /// `file` with its first comment retold so; what follows is data.
    func callingInHead(_ file: String) -> String {
        if self == .krait { return file }
        let lines = file.split(separator: "\n", omittingEmptySubsequences: false)
        let head = lines.prefix { $0.hasPrefix("#") }
        return (head.map { calling(String($0)) } + lines.dropFirst(head.count).map { String($0) }).joined(
            separator: "\n")
    }
}
