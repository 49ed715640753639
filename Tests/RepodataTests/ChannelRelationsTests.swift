// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Testing
import Transport

@testable import Repodata

@Suite struct ChannelRelationsTests {
    private func channel(_ name: String) -> Channel { Channel(baseURL: "https://h/\(name)", name: name) }

    private func order(
        _ user: [String], _ relations: [(String, base: String?, overrides: String?)], depth: Int = 10
    ) throws -> [String] {
        var order = ChannelOrder(user.map(channel), maximumDepth: depth)
        var isGrowing = true
        while isGrowing {
            isGrowing = false
            for relation in relations where order.known.contains(channel(relation.0)) {
                let value = try ChannelRelation(
                    base: relation.base, overrides: relation.overrides, of: channel(relation.0))
                if let value, try order.note(value, of: channel(relation.0)) { isGrowing = true }
            }
        }
        return try order.sorted().map(\.name)
    }

    @Test func orders() throws {
        #expect(try order(["a", "b"], []) == ["a", "b"])
        #expect(try order(["a", "b"], [("a", "../x", nil)]) == ["x", "a", "b"])
        #expect(try order(["a", "b"], [("a", nil, "../y")]) == ["a", "y", "b"])
        #expect(try order(["a", "b"], [("b", "../x", nil), ("x", "../w", nil)]) == ["a", "w", "x", "b"])
        // What contradicts the user is ignored.
        #expect(try order(["a", "b"], [("a", "../b", nil)]) == ["a", "b"])
        #expect(try order(["b", "a"], [("a", "../b", nil)]) == ["b", "a"])
        #expect(try order(["a"], [("a", "../x", nil)], depth: 0) == ["a"])
    }

    @Test func everyEdgeHolds() throws {
        let result = try order(["a", "b"], [("b", "../x", "../z"), ("x", "../w", nil)])
        let place = Dictionary(uniqueKeysWithValues: result.enumerated().map { ($1, $0) })
        for (above, below) in [("a", "b"), ("x", "b"), ("b", "z"), ("w", "x")] {
            #expect(try #require(place[above]) < #require(place[below]))
        }
    }

    @Test func refusals() throws {
        #expect(throws: Failure.self) { try order(["a"], [("a", "../x", "../x")]) }
        #expect(throws: Failure.self) { try order(["a"], [("a", "https://evil/x", nil)]) }
        #expect(throws: Failure.self) { try order(["a"], [("a", "../../x", nil)]) }
        #expect(throws: Failure.self) {
            try order(["a"], [("a", "../x", nil), ("x", "../y", nil), ("y", "../a", nil)])
        }
        #expect(throws: Failure.self) { try order(["a"], [("a", "../x", nil), ("x", "../y", nil)], depth: 1) }
    }

    @Test func relatedChannelsAreLoaded() throws {
        let folder = TemporaryFolder()
        let info: JSON = ["subdir": "noarch", "channel_relations": ["base": "../top"]]
        folder.write("mine/noarch/repodata.json", document([record("a", "1")], info: info))
        folder.write("top/noarch/repodata.json", document([record("a", "2")], info: ["subdir": "noarch"]))
        let gateway = RepodataGateway(Transport(TransportSettings()), RepodataSettings())
        let loaded = try gateway.load(
            channels: [Channel(baseURL: "file://\(folder.path)/mine", name: "mine")], subdirs: [.noarch], names: ["a"])
        #expect(loaded.table.channels.map(\.name) == ["top", "mine"])
        #expect(loaded.distributions == ["a-1-0", "a-2-0"])
    }
}
