// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures
import Solving
import Testing

/// How channels rank (Rules §20.2).
@Suite struct ChannelPriorityTests {
    private func scene() -> Scene {
        var scene = Scene(channels: "first", "second")
        scene.builder.add("a 1.0", channel: 0)
        scene.builder.add("a 2.0", channel: 1)
        scene.builder.add("b 1.0", depends: ["a >=2"], channel: 0)
        return scene
    }

    @Test func flexiblePrefersTheBetterChannelAndFallsBack() throws {
        var scene = scene()
        try scene.want("a")
        #expect(try scene.solve() == ["a 1.0"])
        try scene.want("b")
        #expect(try scene.solve() == ["a 2.0", "b 1.0"])
    }

    @Test func disabledLetsVersionsDecide() throws {
        var scene = scene()
        scene.request.channelPriority = .disabled
        try scene.want("a")
        #expect(try scene.solve() == ["a 2.0"])
    }

    @Test func strictHidesAndSaysSo() throws {
        var scene = scene()
        scene.request.channelPriority = .strict
        try scene.want("a")
        #expect(try scene.solve() == ["a 1.0"])
        try scene.want("b")
        let lines = try scene.solve()
        #expect(lines.contains { $0.contains("of a in channel `second`, because `first` has the package too") })
        #expect(lines.contains { $0.hasPrefix("hint: `--channel-priority flexible`") })
    }

    @Test(arguments: [ChannelPriority.strict, .flexible, .disabled])
    func aChannelInASpecBeatsPriority(priority: ChannelPriority) throws {
        var scene = scene()
        scene.request.channelPriority = priority
        try scene.want("second::a")
        #expect(try scene.solve() == ["a 2.0"])
        try scene.want("first::a")
        #expect(try scene.solve() == ["a 1.0"])
    }

    @Test func anUnknownChannelIsAnError() throws {
        var scene = scene()
        try scene.want("third::a")
        #expect(throws: Failure.self) { try scene.solve() }
    }
}
