// SPDX-License-Identifier: BSD-3-Clause

package import Failures

/// One node of a YAML document, with the place it was written.
package struct YAMLNode: Sendable, Equatable {
    package var content: Content
    /// The tag, written in full (`tag:yaml.org,2002:str`); nil when the document gives none.
    package var tag: String?
    /// Where the node begins, both counted from 1; an alias has the place of what it stands for.
    package var line: Int
    package var column: Int
    /// The comment that follows this scalar on its last line, without `#` and surrounding white space.
    package var comment: String?

    /// What a node holds.
    package enum Content: Sendable, Equatable {
        /// Text as written; `isPlain` when it had no quotes and is thus subject to resolution.
        case scalar(String, isPlain: Bool)
        case sequence([YAMLNode])
        /// Pairs in order; merge keys (`<<`) are already replaced by what they stand for.
        case mapping([YAMLPair])
    }

    package init(_ content: Content, tag: String? = nil, line: Int = 1, column: Int = 1, comment: String? = nil) {
        self.content = content
        self.tag = tag
        self.line = line
        self.column = column
        self.comment = comment
    }
}

/// One `key: value` of a YAML mapping.
package struct YAMLPair: Sendable, Equatable {
    package var key: YAMLNode
    package var value: YAMLNode

    package init(key: YAMLNode, value: YAMLNode) {
        self.key = key
        self.value = value
    }
}

/// What a scalar means by the rules of YAML 1.1 as PyYAML's `safe_load` applies them; dates stay text.
package enum YAMLScalar: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int64)
    case float(Double)
    /// Everything else, also integers that 64 bits do not hold.
    case text(String)
}

/// YAML text to ``YAMLNode``, through libyaml.
package enum YAML {
    /// The only document in `bytes`; an empty one is a null scalar. `subject` names the text in a failure.
    package static func parse(
        _ bytes: [UInt8], subject: String,
        limits: ParsingLimits = ParsingLimits(bytes: 16 << 20, depth: 100, values: 1_000_000)
    ) throws(Failure) -> YAMLNode {
        do throws(Failure) {
            var reader = try YAMLReader(bytes, subject: subject, limits: limits)
            return try reader.document()
        } catch {
            throw MergeConflict.failure(in: bytes, subject: subject) ?? error
        }
    }
}
