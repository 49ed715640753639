// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Locations

/// What a channel says about its place among others (CEP 42, Rules §3.6).
struct ChannelRelation: Equatable {
    /// Relative addresses of the channel that ranks above, and of the one that ranks below.
    var base: String?
    var overrides: String?

    /// The `channel_relations` of a document's or shard index's `info`; nil when it says nothing.
    init?(_ source: SubdirSource) throws(Failure) {
        switch source.content {
        case .empty: return nil
        case .index(let index):
            let relations = index.description["info"]?["channel_relations"]
            base = relations?["base"]?.string
            overrides = relations?["overrides"]?.string
        case .shards(let shards):
            let relations = shards.index.info["channel_relations"]
            base = relations?["base"]?.string
            overrides = relations?["overrides"]?.string
        }
        if base == nil, overrides == nil { return nil }
        try check(source.channel)
    }

    init?(base: String?, overrides: String?, of channel: Channel) throws(Failure) {
        self.base = base
        self.overrides = overrides
        try check(channel)
    }

    private func check(_ channel: Channel) throws(Failure) {
        if let base, base == overrides {
            throw Failure(.parse, channel.name, "the channel says that `\(base)` ranks both above and below it")
        }
    }
}

/// The order of the channels a user named and of those that they name in turn.
struct ChannelOrder {
    private var channels: [Channel]
    private let userCount: Int
    private var depths: [Int]
    /// Who ranks above whom, by what channels say.
    private var declared: [(above: Int, below: Int)] = []
    private var isAsked: Set<Int> = []
    private let maximumDepth: Int

    init(_ channels: [Channel], maximumDepth: Int) {
        var distinct: [Channel] = []
        for channel in channels where !distinct.contains(channel) { distinct.append(channel) }
        self.channels = distinct
        userCount = distinct.count
        depths = Array(repeating: 0, count: distinct.count)
        self.maximumDepth = maximumDepth
    }

    /// All channels known so far, those of the user first.
    var known: [Channel] { channels }

    /// Notes what a channel says; true when that brings in a channel that was not known.
    mutating func note(_ relation: ChannelRelation, of channel: Channel) throws(Failure) -> Bool {
        guard maximumDepth > 0, let declarer = channels.firstIndex(of: channel), isAsked.insert(declarer).inserted
        else {
            return false
        }
        let before = channels.count
        if let base = relation.base {
            let other = try index(of: base, from: declarer)
            add(above: other, below: declarer)
        }
        if let overrides = relation.overrides {
            let other = try index(of: overrides, from: declarer)
            add(above: declarer, below: other)
        }
        return channels.count > before
    }

    /// The channels in order of priority: a sort that keeps related ones together.
    func sorted() throws(Failure) -> [Channel] {
        var order: [Int] = []
        var state = [UInt8](repeating: 0, count: channels.count)
        // From the lowest to the highest, each put in front of what it ranks above; the user's channels lead.
        for number in (0..<userCount).reversed() { try visit(number, &state, &order) }
        for number in userCount..<channels.count { try visit(number, &state, &order) }
        return order.reversed().map { channels[$0] }
    }

    private func visit(_ number: Int, _ state: inout [UInt8], _ order: inout [Int]) throws(Failure) {
        guard state[number] != 2 else { return }
        guard state[number] == 0 else {
            throw Failure(
                .parse, channels[number].name, "the channel's relations go round in a circle",
                hint: "name the channels in the order you want them")
        }
        state[number] = 1
        // What channels say comes nearest; the user's next channel after that.
        var below = declared.filter { $0.above == number }.map(\.below)
        if number + 1 < userCount { below.append(number + 1) }
        for next in below.reversed() { try visit(next, &state, &order) }
        state[number] = 2
        order.append(number)
        // Who ranks above it only by what channels say stands right before it, once nothing else is to stand between.
        for edge in declared where edge.below == number && edge.above >= userCount && state[edge.above] == 0 {
            if declared.allSatisfy({ $0.above != edge.above || state[$0.below] == 2 }) {
                try visit(edge.above, &state, &order)
            }
        }
    }

    /// Adds an edge, unless the user said the contrary.
    private mutating func add(above: Int, below: Int) {
        if above < userCount, below < userCount, above > below { return }
        if above != below, !declared.contains(where: { $0.above == above && $0.below == below }) {
            declared.append((above, below))
        }
    }

    /// The number of the channel at a relative address.
    private mutating func index(of reference: String, from declarer: Int) throws(Failure) -> Int {
        let channel = channels[declarer]
        guard reference.hasPrefix("../"), let url = Self.resolve(reference, against: channel.baseURL) else {
            throw Failure(
                .parse, channel.name, "the channel names `\(reference)` as related, which is not a path beside it")
        }
        let name = channel.name.holds("://") ? url : Self.resolve(reference, against: channel.name) ?? url
        let related = Channel(
            baseURL: url, name: name, subdirs: channel.subdirs, credentials: channel.credentials)
        if let known = channels.firstIndex(of: related) { return known }
        let depth = depths[declarer] + 1
        guard depth <= maximumDepth else {
            throw Failure(
                .parse, channel.name, "related channels are nested deeper than \(maximumDepth)",
                hint: "set channel_relations_max_depth")
        }
        channels.append(related)
        depths.append(depth)
        return channels.count - 1
    }

    /// `reference` from `base` on; nil when it leads above the host or to nothing.
    static func resolve(_ reference: String, against base: String) -> String? {
        var root = ""
        var path = base[...]
        if base.hasPrefix("file://") {
            root = "file:///"
            path = base.dropFirst(8)
        } else if base.hasURLScheme {
            // scheme://host/
            let parts = base.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
            guard parts.count > 3 else { return nil }
            root = parts[..<3].joined(separator: "/") + "/"
            path = parts[3]
        } else if base.hasPrefix("/") {
            root = "/"
            path = base.dropFirst()
        }
        var components = path.split(separator: "/")
        for component in reference.split(separator: "/") {
            switch component {
            case ".": continue
            case "..": guard components.popLast() != nil else { return nil }
            default: components.append(component)
            }
        }
        return components.isEmpty ? nil : root + components.joined(separator: "/")
    }
}
