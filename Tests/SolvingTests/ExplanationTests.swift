// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Testing

@testable import Solving

/// What is said when there is no solution (Requirements R-15): the cause and a way out that works.
@Suite struct ExplanationTests {
    @Test func missingNameWithNearOnes() throws {
        var scene = Scene()
        for name in ["numpy", "numba", "pandas", "scikit-learn"] { scene.builder.add("\(name) 1.0") }
        try scene.want("nunpy")
        #expect(
            try scene.solve() == [
                "`nunpy` does not exist: no channel of `main` has it", "hint: did you mean `numpy`?",
            ])
        try scene.want("scikit_learn")
        #expect(try scene.solve().last == "hint: did you mean `scikit-learn`?")
    }

    @Test func missingNameThatOtherPlatformsHave() throws {
        var scene = Scene()
        scene.request.otherSubdirs = { $0 == "appnope" ? ["osx-arm64"] : [] }
        try scene.want("appnope")
        #expect(
            try scene.solve() == [
                "`appnope` is only available for osx-arm64", "hint: `--platform osx-arm64` has `appnope`",
            ])
    }

    @Test func versionThatIsNotThere() throws {
        var scene = Scene()
        for version in ["1.0", "1.1", "1.2", "1.10"] { scene.builder.add("a \(version)") }
        try scene.want("a >=2")
        #expect(
            try scene.solve() == [
                "no a matches `a >=2`; available: 1.0 … 1.10", "hint: the newest available is `a=1.10`",
            ])
    }

    @Test func pythonThatIsTooNew() throws {
        var scene = Scene()
        for minor in 8...13 { scene.builder.add("python 3.\(minor).1") }
        for minor in 8...11 { scene.builder.add("old 1.0 py3\(minor)_0", depends: ["python 3.\(minor).*"]) }
        try scene.want("python=3.13", "old")
        #expect(
            try scene.solve() == [
                "`old` cannot be installed:",
                "└─ old 1.0 needs python 3.11.* or python 3.10.* or python 3.9.* or 1 more",
                "   └─ python 3.8.1 … 3.11.1 is excluded by `python=3.13`",
                "hint: `python=3.11` in place of `python=3.13`",
                "hint: ask for `python` in place of `python=3.13`",
            ])
    }

    @Test func virtualPackageThatTheMachineLacks() throws {
        var scene = Scene()
        scene.builder.add("gpu 1.0", depends: ["__cuda >=12"])
        try scene.want("gpu")
        let lines = try scene.solve()
        #expect(lines.contains("└─ gpu 1.0 needs __cuda >=12"))
        #expect(lines.contains("   └─ the virtual package `__cuda >=12` is required, but this machine has none"))
        #expect(lines.last == "hint: `--virtual-package __cuda=12` solves as if the machine had it")
    }

    @Test func pinAgainstRequestNamesBoth() throws {
        var scene = Scene()
        scene.builder.add("a 2.0")
        scene.builder.add("a 1.0")
        try scene.pin("a 1.*")
        try scene.want("a >=2")
        #expect(
            try scene.solve() == [
                "`a>=2` cannot be installed:", "└─ a 2.0 is excluded by the pin `a=1`",
                "hint: `--no-pin`, or change the pin `a=1`",
            ])
    }

    @Test func excludedByDate() throws {
        var scene = Scene()
        scene.builder.add("a 2.0", timestamp: 2000)
        scene.request.excludeNewer = 1000
        try scene.want("a")
        #expect(
            try scene.solve() == [
                "1 build of a is newer than `--exclude-newer` allows",
                "hint: `--exclude-newer` with a later date shows 1 build more of a",
            ])
    }

    @Test func twoThatDoNotGoTogether() throws {
        var scene = Scene()
        for version in 1...3 { scene.builder.add("lib \(version).0") }
        scene.builder.add("a 1.0", depends: ["lib >=3"])
        scene.builder.add("b 1.0", depends: ["lib <2"])
        scene.builder.add("b 0.9", depends: ["lib <2"])
        try scene.want("a", "b")
        let lines = try scene.solve()
        #expect(lines.first?.contains("satisfies every requirement") == true)
        #expect(lines.contains { $0.contains("lib") && $0.contains("is not what `a` needs: lib >=3") })
    }

    @Test func contradictionThatOnlyAProofFinds() throws {
        // Three names of which any two go together.
        var scene = Scene()
        for name in ["x", "y", "z"] { for version in 1...2 { scene.builder.add("\(name) \(version).0") } }
        scene.builder.add("a 1.0 p_0", depends: ["x 1.*"])
        scene.builder.add("a 1.0 q_0", depends: ["y 1.*"])
        scene.builder.add("b 1.0 p_0", depends: ["x 2.*", "z 1.*"])
        scene.builder.add("b 1.0 q_0", depends: ["y 2.*", "z 1.*"])
        scene.builder.add("c 1.0 p_0", depends: ["x 2.*", "y 2.*"])
        scene.builder.add("c 1.0 q_0", depends: ["x 2.*", "y 2.*", "z"])
        try scene.want("a", "b", "c")
        let lines = try scene.solve()
        #expect(!lines.isEmpty && lines.count <= 40)
    }

    @Test func linesStayWithinTheLimit() {
        func node(_ depth: Int) -> Explanation.Node {
            Explanation.Node(
                kind: .needs, subject: "", text: "n", children: depth == 0 ? [] : [node(depth - 1), node(depth - 1)])
        }
        let explanation = Explanation(roots: [node(6), node(6), node(1)], hints: ["h"])
        #expect(explanation.lines().count <= 40)
        #expect(explanation.lines().last == "hint: h")
        #expect(explanation.lines(limit: 12).count <= 12)
    }

    @Test(arguments: [("nunpy", "numpy", 1), ("numyp", "numpy", 1), ("pandsa", "pandas", 1), ("abc", "xyz", 3)])
    func editDistance(left: String, right: String, expected: Int) {
        #expect(NearNames.distance(Array(left.utf8), Array(right.utf8), limit: 3) == expected)
    }

    @Test func timeLimitEndsTheSolve() throws {
        var scene = Scene()
        scene.builder.add("a 1.0")
        try scene.want("a")
        scene.request.timeout = 60
        #expect(try scene.solve() == ["a 1.0"])
    }
}
