// SPDX-License-Identifier: BSD-3-Clause

internal import Failures

/// Builds nodes from libyaml's events.
struct YAMLReader: ~Copyable {
    private var parser: YAMLParser
    private let subject: String
    private let limits: ParsingLimits
    private let comments: YAMLComments
    /// Finished nodes by anchor, with how many values each stands for.
    private var anchors: [String: (node: YAMLNode, weight: Int)] = [:]
    /// Values so far, each alias counted as all it stands for: what a consumer that walks the nodes will meet.
    private var weight = 0

    init(_ bytes: [UInt8], subject: String, limits: ParsingLimits) throws(Failure) {
        guard bytes.count <= limits.bytes else {
            throw Failure(.parse, subject, "\(bytes.count) bytes of YAML are more than the limit of \(limits.bytes)")
        }
        parser = try YAMLParser(bytes, subject: subject)
        comments = YAMLComments(bytes)
        self.subject = subject
        self.limits = limits
    }

    /// The one document of the text.
    mutating func document() throws(Failure) -> YAMLNode {
        _ = try parser.next()
        guard case .documentStart = try parser.next().kind else {
            return YAMLNode(.scalar("", isPlain: true))
        }
        let root = try node(parser.next(), depth: 1)
        _ = try parser.next()
        let event = try parser.next()
        guard case .streamEnd = event.kind else {
            throw failure(event, "a second document begins here; only one is expected")
        }
        return root
    }

    private mutating func node(_ event: YAMLEvent, depth: Int) throws(Failure) -> YAMLNode {
        guard depth <= limits.depth else { throw failure(event, "nesting is deeper than \(limits.depth)") }
        let before = weight
        if case .alias(let name) = event.kind {
            guard let target = anchors[name] else { throw failure(event, "alias `*\(name)` names no anchor before it") }
            try count(target.weight, event)
            return target.node
        }
        try count(1, event)
        try check(event)
        var node = YAMLNode(
            .sequence([]), tag: event.tag, line: event.start.line + 1, column: event.start.column + 1)
        switch event.kind {
        case .scalar(let text, let isPlain):
            node.content = .scalar(text, isPlain: isPlain)
            node.comment = comments.after(line: event.end.line, column: event.end.column)
        case .sequenceStart:
            node.content = .sequence(try sequence(depth))
        case .mappingStart:
            node.content = .mapping(try mapping(depth))
        default:
            throw failure(event, "a value is expected")
        }
        if let anchor = event.anchor { anchors[anchor] = (node, weight - before) }
        return node
    }

    private mutating func sequence(_ depth: Int) throws(Failure) -> [YAMLNode] {
        var nodes: [YAMLNode] = []
        while true {
            let event = try parser.next()
            if case .sequenceEnd = event.kind { return nodes }
            nodes.append(try node(event, depth: depth + 1))
        }
    }

    private mutating func mapping(_ depth: Int) throws(Failure) -> [YAMLPair] {
        var merged: [YAMLPair] = []
        var own: [YAMLPair] = []
        while true {
            let event = try parser.next()
            if case .mappingEnd = event.kind { return merged + own }
            let key = try node(event, depth: depth + 1)
            let value = try node(parser.next(), depth: depth + 1)
            if key.content == .scalar("<<", isPlain: true), key.tag == nil {
                merged += try pairs(mergedFrom: value)
            } else {
                own.append(YAMLPair(key: key, value: value))
            }
        }
    }

    /// The pairs that a merge key brings in; of a list of mappings the first one's win, so they stand last.
    private func pairs(mergedFrom value: YAMLNode) throws(Failure) -> [YAMLPair] {
        switch value.content {
        case .mapping(let pairs): return pairs
        case .sequence(let nodes):
            var all: [YAMLPair] = []
            for node in nodes.reversed() {
                guard case .mapping(let pairs) = node.content else { throw mergeFailure(node) }
                all += pairs
            }
            return all
        case .scalar: throw mergeFailure(value)
        }
    }

    private func mergeFailure(_ node: YAMLNode) -> Failure {
        Failure(.parse, "\(subject):\(node.line):\(node.column)", "`<<` takes a mapping or a list of mappings")
    }

    private mutating func count(_ values: Int, _ event: YAMLEvent) throws(Failure) {
        weight += values
        guard weight <= limits.values else {
            throw failure(event, "more than \(limits.values) values, aliases counted each time")
        }
    }

    /// Refuses tags that ask for more than data, as `safe_load` does.
    private func check(_ event: YAMLEvent) throws(Failure) {
        guard let tag = event.tag else { return }
        let prefix = "tag:yaml.org,2002:"
        let names = [
            "str", "int", "float", "bool", "null", "seq", "map", "binary", "timestamp", "set", "omap", "pairs",
        ]
        guard names.contains(where: { tag == prefix + $0 }) else { throw failure(event, "tag `\(tag)` is not known") }
    }

    private func failure(_ event: YAMLEvent, _ reason: String) -> Failure {
        Failure(.parse, "\(subject):\(event.start.line + 1):\(event.start.column + 1)", reason)
    }
}
