// SPDX-License-Identifier: BSD-3-Clause

extension YAMLNode {
    /// The value of the last pair whose key is the text `key`; nil when there is none or this is no mapping.
    package subscript(key: String) -> YAMLNode? {
        guard case .mapping(let pairs) = content else { return nil }
        // By index, since a pair taken out of the array is copied with all it holds.
        for index in pairs.indices.reversed() {
            if case .scalar(let text, _) = pairs[index].key.content, text == key { return pairs[index].value }
        }
        return nil
    }

    /// The scalar as written, whatever it would resolve to: `3.10` stays `3.10`.
    package var text: String? {
        guard case .scalar(let text, _) = content else { return nil }
        return text
    }

    /// The elements, when this is a sequence.
    package var sequence: [YAMLNode]? {
        guard case .sequence(let nodes) = content else { return nil }
        return nodes
    }

    /// The pairs in order, when this is a mapping.
    package var mapping: [YAMLPair]? {
        guard case .mapping(let pairs) = content else { return nil }
        return pairs
    }

    /// What the scalar means; nil when this is none.
    package var scalar: YAMLScalar? {
        guard case .scalar(let text, let isPlain) = content else { return nil }
        return YAMLScalar(text, isPlain: isPlain, tag: tag)
    }

    /// The text, when this is a scalar that means text.
    package var string: String? {
        guard case .text(let text) = scalar else { return nil }
        return text
    }

    /// The truth value, when this means one.
    package var bool: Bool? {
        guard case .bool(let value) = scalar else { return nil }
        return value
    }

    /// The integer, when this means one.
    package var integer: Int64? {
        guard case .integer(let value) = scalar else { return nil }
        return value
    }

    /// True when this is a scalar that means nothing: `~`, `null`, or no text at all.
    package var isNull: Bool {
        guard case .scalar(let text, let isPlain) = content else { return false }
        // No word for nothing is longer than `null`: most scalars need no closer look.
        if tag == nil, !isPlain || text.utf8.count > 4 { return false }
        return scalar == .null
    }

    /// The same value as JSON: mappings by the last of equal keys, keys as the text that was written.
    package var json: JSON {
        switch content {
        case .scalar(let text, _):
            switch scalar {
            case .null, nil: return .null
            case .bool(let value): return .bool(value)
            case .integer(let value): return .integer(value)
            case .float(let value): return value.isFinite ? .number(String(value)) : .string(text)
            case .text(let text): return .string(text)
            }
        case .sequence(let nodes): return .array(nodes.map(\.json))
        case .mapping(let pairs):
            var members: [JSONMember] = []
            var places: [String: Int] = [:]
            for pair in pairs {
                let key = pair.key.text ?? ""
                if let place = places[key] {
                    members[place].value = pair.value.json
                } else {
                    places[key] = members.count
                    members.append(JSONMember(key, pair.value.json))
                }
            }
            return .object(members)
        }
    }
}
