// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Testing

@testable import Solving

/// Where packages that were named trade against each other, the set of them decides, and what it cost is said.
@Suite struct NamedVersionsTests {
    /// `ffmpeg`, settled first, would cost two others that were named too.
    private static func scene() throws -> Scene {
        var scene = Scene()
        for version in ["1.0", "2.0", "3.0"] { scene.builder.add("lib \(version)") }
        scene.builder.add("first 2.0", depends: ["lib >=3"])
        scene.builder.add("first 1.0", depends: ["lib >=1"])
        for name in ["second", "third"] {
            scene.builder.add("\(name) 2.0", depends: ["lib <3"])
            scene.builder.add("\(name) 1.0", depends: ["lib"])
        }
        try scene.want("first", "second", "third")
        return scene
    }

    @Test func moreOfTheNamedOnesAreTheirNewest() throws {
        var scene = try Self.scene()
        #expect(try scene.solve() == ["lib 2.0", "first 1.0", "second 2.0", "third 2.0"])
        // One for one: the order of the request goes on to decide.
        try scene.want("first", "second")
        #expect(try scene.solve() == ["lib 3.0", "first 2.0", "second 1.0"])
    }

    @Test func patchesGiveWayToVersionsUnlessPythonChanges() throws {
        for (name, answer) in [("numba", ["2.4.1", "0.63"]), ("python", ["2.4.2", "0.60"])] {
            var scene = Scene()
            for patch in 1...2 { scene.builder.add("numpy 2.4.\(patch)") }
            for number in 1...3 {
                scene.builder.add("lib \(number)")
                scene.builder.add("\(name) 0.6\(number)", depends: ["numpy <2.4.2", "lib \(4 - number)"])
            }
            scene.builder.add("\(name) 0.60")
            try scene.want("numpy", name)
            let solved = try scene.solve()
            #expect(solved.contains("numpy \(answer[0])") && solved.contains("\(name) \(answer[1])"), "\(solved)")
        }
    }

    @Test func whatIsNotItsNewestIsExplained() throws {
        var scene = try Self.scene()
        scene.builder.add("second 3.0", depends: ["absent"])
        var builder = scene.builder
        builder.finish()
        let solution = try #require(try scene.solution())
        let found = scene.request.compromises(solution, builder.table).map {
            "\($0.name) \($0.version), not \($0.newest): \($0.reason)"
        }
        #expect(
            found == [
                "first 1.0, not 2.0: it would take second 1.0 in place of 2.0, third 1.0 in place of 2.0",
                "second 2.0, not 3.0: `second==3.0` cannot be installed: second 3.0 needs absent",
            ])
    }
}
