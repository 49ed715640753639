// SPDX-License-Identifier: BSD-3-Clause
package import Codecs
package import Conda
import Solving

/// Why a request has no solution, for `--json`: the same graph that the text shows.
package struct SolverProblems: Error, Sendable {
    /// `{"problems": [node…], "hints": [text…]}`; a node has `kind`, `subject`, `text` and `children`.
    package let json: JSON

    /// The channels that were asked.
    package let channels: [Channel]

    init(_ explanation: Explanation, channels: [Channel]) {
        self.channels = channels
        json = .object([
            JSONMember("problems", .array(explanation.roots.map(Self.json))),
            JSONMember("hints", .strings(explanation.hints)),
        ])
    }

    private static func json(of node: Explanation.Node) -> JSON {
        .object([
            JSONMember("kind", .string(node.kind.rawValue)),
            JSONMember("subject", .string(node.subject)),
            JSONMember("text", .string(node.text)),
            JSONMember("children", .array(node.children.map(json))),
        ])
    }
}
