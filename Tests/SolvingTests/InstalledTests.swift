// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Solving
import Testing

/// Changing a living environment (Rules §20.5, 20.7).
@Suite struct InstalledTests {
    /// a needs b; newer ones of both are in the channel.
    private func scene() -> Scene {
        var scene = Scene()
        scene.builder.add("a 1.0", depends: ["b >=1"])
        scene.builder.add("a 2.0", depends: ["b >=1"])
        scene.builder.add("b 1.0")
        scene.builder.add("b 2.0")
        scene.builder.add("c 1.0", depends: ["b >=1"])
        scene.builder.add("d 1.0", depends: ["b >=2"])
        scene.install("a 1.0", depends: ["b >=1"])
        scene.install("b 1.0")
        return scene
    }

    @Test func installKeepsWhatIsThere() throws {
        var scene = scene()
        try scene.want("c")
        #expect(try scene.solve() == ["b 1.0 =", "a 1.0 =", "c 1.0"])
    }

    @Test func installOfWhatIsThereChangesNothing() throws {
        var scene = scene()
        try scene.want("a")
        #expect(try scene.solve() == ["b 1.0 =", "a 1.0 ="])
    }

    @Test func installChangesOnlyWhatItMust() throws {
        var scene = scene()
        try scene.want("d")
        #expect(try scene.solve() == ["b 2.0", "a 1.0 =", "d 1.0"])
    }

    @Test func frozenPackagesDoNotChange() throws {
        var scene = scene()
        scene.request.freezeInstalled = true
        try scene.want("c")
        #expect(try scene.solve() == ["b 1.0 =", "a 1.0 =", "c 1.0"])
        try scene.want("d")
        let lines = try scene.solve()
        #expect(lines.contains { $0.contains("--freeze-installed") })
        #expect(lines.contains("hint: leave out `--freeze-installed`"))
    }

    @Test func updateChangesOnlyTheNamedOne() throws {
        var scene = scene()
        try scene.update("a")
        #expect(try scene.solve() == ["b 1.0 =", "a 2.0"])
    }

    @Test func updateAllTwiceIsEmptyTheSecondTime() throws {
        var scene = scene()
        scene.request.updateAll = true
        #expect(try scene.solve() == ["b 2.0", "a 2.0"])
        scene.request.installed = []
        scene.install("a 2.0", depends: ["b >=1"])
        scene.install("b 2.0")
        #expect(try scene.solve() == ["b 2.0 =", "a 2.0 ="])
    }

    @Test func removeTakesWhatNeedsItAlong() throws {
        var scene = scene()
        try scene.remove("b")
        #expect(try scene.solve() == [])
        try scene.remove("a")
        #expect(try scene.solve() == ["b 1.0 ="])
        scene.request.prune = true
        #expect(try scene.solve() == [])
        try scene.keep("b")
        #expect(try scene.solve() == ["b 1.0 ="])
    }

    @Test func removeLooksOnlyAtWhatIsInstalled() throws {
        var scene = scene()
        scene.builder.add("a 3.0")
        try scene.remove("b")
        #expect(try scene.solve() == [])
    }

    @Test func pruneDropsWhatNothingNeeds() throws {
        var scene = scene()
        scene.install("x 1.0")
        scene.request.prune = true
        try scene.keep("a")
        scene.request.updateAll = true
        #expect(try scene.solve() == ["b 2.0", "a 2.0"])
    }

    @Test func whatWasAskedForEarlierHoldsUnlessItCannot() throws {
        var scene = scene()
        scene.builder.add("e 1.0", depends: ["a <2"])
        scene.builder.add("f 1.0", depends: ["a >=2"])
        try scene.keep("a 1.*")
        scene.request.updateAll = true
        #expect(try scene.solve() == ["b 2.0", "a 1.0 ="])
        scene.request.updateAll = false
        try scene.want("f")
        #expect(try scene.solve() == ["b 1.0 =", "a 2.0", "f 1.0"])
        #expect(try scene.solution()?.givenUp == [0])
    }

    @Test func anInstalledPackageAgainstAPinIsChanged() throws {
        var scene = scene()
        try scene.pin("b 2.*")
        try scene.want("c")
        #expect(try scene.solve() == ["b 2.0", "a 1.0 =", "c 1.0"])
    }

    @Test func brokenPackagesAreLeftAlone() throws {
        var scene = scene()
        scene.install("broken 1.0", depends: ["gone >=1"])
        try scene.want("c")
        var builder = scene.builder
        builder.finish()
        let solution = try #require(try scene.solution())
        #expect(solution.chosen.contains(.installed(2)))
    }

    @Test func packagesFromUnknownChannelsStay() throws {
        var scene = scene()
        scene.install("local 1.0", depends: ["b"], channel: "elsewhere")
        try scene.want("c")
        #expect(try scene.solve() == ["b 1.0 =", "a 1.0 =", "c 1.0", "local 1.0 ="])
    }

    @Test func forceReinstallTakesTheChannelsRecord() throws {
        var scene = scene()
        try scene.want("a")
        scene.request.forceReinstall = true
        #expect(try scene.solve() == ["b 1.0 =", "a 1.0"])
    }

    @Test func noarchPackagesAreLinkedAnewWhenPythonMoves() throws {
        var scene = Scene()
        scene.builder.add("python 3.12.0")
        scene.builder.add("python 3.11.5")
        scene.install("python 3.11.0")
        scene.install("pure 1.0", depends: ["python >=3.8"], noarch: .python)
        try scene.want("python 3.12.*")
        #expect(try scene.solution()?.relinked == [1])
        try scene.want("python >=3.11.5,<3.12")
        #expect(try scene.solution()?.relinked == [])
    }

    @Test func noDependenciesLeavesTheOthers() throws {
        var scene = scene()
        scene.request.noDependencies = true
        try scene.want("d")
        #expect(try scene.solve() == ["a 1.0 =", "d 1.0", "b 1.0 ="])
    }
}
