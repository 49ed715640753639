// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Testing

@testable import Solving

/// Conditions, groups of dependencies and flags (CEP 43, 44, 45) in records, requests, environments and explanations.
@Suite struct ConditionTests {
    private func scene() -> Scene {
        var scene = Scene()
        scene.request.virtualPackages = [
            VirtualPackage(name: "__linux", version: "6.1", build: "0"),
            VirtualPackage(name: "__unix", version: "0", build: "0"),
        ]
        scene.builder.add("x 1.0")
        scene.builder.add("y 1.0")
        scene.builder.add("y 2.0")
        return scene
    }

    @Test(
        arguments: [
            ("__linux", true), ("__osx", false), ("__linux>=6", true), ("__linux>=7", false),
            ("__osx or __linux", true), ("__unix and __win", false), ("(__osx or __unix) and __linux", true),
            ("absent", false), ("y", true), ("y<2", false), ("y>=2 and __linux", true), ("y[version='2.*']", true),
        ])
    func aDependencyCountsWhereItsConditionHolds(condition: String, holds: Bool) throws {
        var scene = scene()
        scene.builder.add("a 1.0", depends: ["x[when=\"\(condition)\"]"])
        try scene.want("a", "y")
        #expect(Set(try scene.solve()) == Set(["a 1.0", "y 2.0"] + (holds ? ["x 1.0"] : [])))
        // The same of a request.
        try scene.want("y", "x[when=\"\(condition)\"]")
        #expect(Set(try scene.solve()) == Set(["y 2.0"] + (holds ? ["x 1.0"] : [])))
    }

    @Test func aConditionNeverBringsInOrKeepsOutAPackage() throws {
        var scene = scene()
        scene.builder.add(
            "a 1.0", depends: ["missing[when=\"y<2\"]", "x[when=\"y>=3\"]"], constrains: ["y[when=\"x\"]"])
        try scene.want("a")
        #expect(try scene.solve() == ["a 1.0"])
        try scene.want("a", "y")
        #expect(try scene.solve() == ["y 2.0", "a 1.0"] || (try scene.solve()) == ["a 1.0", "y 2.0"])
    }

    @Test func aConditionThatMustNotHoldIsAReason() throws {
        var scene = scene()
        scene.builder.add("a 1.0", depends: ["missing[when=\"y>=2\"]"])
        try scene.want("a", "y")
        #expect(Set(try scene.solve()) == ["a 1.0", "y 1.0"])
        try scene.want("a", "y=2")
        let lines = try scene.solve()
        #expect(lines.contains { $0.contains("missing[when=") }, "\(lines)")
    }

    @Test func constraintsHaveConditionsToo() throws {
        var scene = scene()
        scene.builder.add("a 1.0", constrains: ["y[version='<2',when='x']"])
        try scene.want("a", "y")
        #expect(Set(try scene.solve()) == ["a 1.0", "y 2.0"])
        try scene.want("a", "y", "x")
        #expect(Set(try scene.solve()) == ["a 1.0", "y 1.0", "x 1.0"])
    }

    @Test func groupsAddDependencies() throws {
        var scene = scene()
        scene.builder.add("a 1.0", extras: [("one", ["x"]), ("two", ["y<2[when=\"__linux\"]"]), ("three", ["y>=2"])])
        try scene.want("a")
        #expect(try scene.solve() == ["a 1.0"])
        try scene.want("a[extras=[one]]")
        #expect(try scene.solve() == ["x 1.0", "a 1.0"])
        try scene.want("a[extras=[one, two]]")
        #expect(Set(try scene.solve()) == ["x 1.0", "y 1.0", "a 1.0"])
        try scene.want("a[extras=[unknown]]")
        #expect(try scene.solve() == ["a 1.0"])
        try scene.want("a[extras=[two, three]]")
        let lines = try scene.solve()
        #expect(lines.contains { $0.contains("y") && !$0.contains("1.0 =") }, "\(lines)")
    }

    @Test func dependenciesAskForGroupsAndGroupsForOthers() throws {
        var scene = scene()
        scene.builder.add("a 1.0", extras: [("all", ["a[extras=[one]]", "b[extras=[deep]]"]), ("one", ["x"])])
        scene.builder.add("b 1.0", extras: [("deep", ["y"])])
        scene.builder.add("c 1.0", depends: ["a[extras=[all], when=\"__unix\"]"])
        try scene.want("c")
        #expect(Set(try scene.solve()) == ["x 1.0", "y 2.0", "b 1.0", "a 1.0", "c 1.0"])
        // A condition may ask whether a group is there.
        scene.builder.add("d 1.0", depends: ["x[when=\"b[extras=[deep]]\"]"])
        try scene.want("d", "b")
        #expect(Set(try scene.solve()) == ["d 1.0", "b 1.0"])
        try scene.want("d", "b[extras=[deep]]")
        #expect(Set(try scene.solve()) == ["d 1.0", "b 1.0", "y 2.0", "x 1.0"])
    }

    @Test func flagsChooseAmongBuilds() throws {
        var scene = scene()
        scene.builder.add("a 1.0 cpu_0", flags: ["blas:openblas"])
        scene.builder.add("a 1.0 gpu_1", depends: ["x"], flags: ["cuda", "blas:mkl"])
        scene.builder.add("a 2.0 plain_0")
        try scene.want("a[flags=[cuda]]")
        #expect(try scene.solve() == ["x 1.0", "a 1.0"])
        try scene.want("a[flags=['blas:*']]")
        #expect(try scene.solve() == ["x 1.0", "a 1.0"])
        try scene.want("a[flags=['blas:open*']]")
        #expect(try scene.solve() == ["a 1.0"])
        try scene.want("a")
        #expect(try scene.solve() == ["a 2.0"])
        try scene.want("a[flags=[rocm]]")
        #expect(try scene.solve().contains { $0.contains("no a matches `a[flags=['rocm']]`") })
    }

    @Test func aMalformedDependencyIsNamed() throws {
        var scene = scene()
        scene.builder.add("a 2.0", depends: ["x[when=\"(y\"]"])
        scene.builder.add("a 1.0", extras: [("one", ["x[when=\"y and\"]"])])
        try scene.want("a")
        var lines = try scene.solve()
        #expect(
            lines.contains { $0.contains("`x[when=\"(y\"]` is not a spec: ") && $0.contains("a `(` is not closed") },
            "\(lines)")
        #expect(lines.contains { $0.contains("`x[when=\"y and\"]` is not a spec: ") }, "\(lines)")
        scene.builder.add("a 0.5", constrains: ["x[when=or]"])
        #expect(try scene.solve().contains { $0.contains("`x[when=or]` is not a spec: ") })
        scene.builder.add("a 0.4")
        lines = try scene.solve()
        #expect(lines == ["a 0.4"])
    }

    @Test func anEnvironmentKeepsItsGroups() throws {
        var scene = scene()
        scene.builder.add("a 2.0", extras: [("one", ["y<2"])])
        scene.builder.add("b 1.0", depends: ["x"])
        scene.install("a 1.0")
        scene.install("y 1.0")
        try scene.keep("a[extras=[one]]")
        scene.request.prune = true
        try scene.want("b")
        scene.request.updateAll = true
        #expect(Set(try scene.solve()) == ["y 1.0 =", "a 2.0", "b 1.0", "x 1.0"])
        // Without the group nothing asks for y.
        try scene.keep("a")
        #expect(Set(try scene.solve()) == ["a 2.0", "b 1.0", "x 1.0"])
    }
}
