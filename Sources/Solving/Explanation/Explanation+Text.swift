// SPDX-License-Identifier: BSD-3-Clause

extension Explanation {
    /// The explanation as lines of text, at most `limit` of them.
    package func lines(limit: Int = 40) -> [String] {
        var lines: [String] = []
        let room = limit - min(hints.count, 5)
        for (index, root) in roots.enumerated() {
            // Every root gets its share of the room, so that the first does not crowd out the others.
            let share = max(2, (room - lines.count) / (roots.count - index))
            guard lines.count < room else { break }
            lines += Self.lines(of: root, limit: min(share, room - lines.count))
        }
        for hint in hints.prefix(limit - lines.count) { lines.append("hint: \(hint)") }
        return lines
    }

    private static func lines(of root: Node, limit: Int) -> [String] {
        var lines = [root.text]
        append(root.children, indent: "", &lines)
        guard lines.count > limit else { return lines }
        let rest = lines.count - limit + 1
        return Array(lines.prefix(limit - 1)) + ["   … \(rest) more lines"]
    }

    private static func append(_ children: [Node], indent: String, _ lines: inout [String]) {
        for (index, child) in children.enumerated() {
            let isLast = index == children.count - 1
            lines.append(indent + (isLast ? "└─ " : "├─ ") + child.text)
            append(child.children, indent: indent + (isLast ? "   " : "│  "), &lines)
        }
    }
}
