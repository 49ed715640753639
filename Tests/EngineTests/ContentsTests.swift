// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Manifests
import Platform
import Scenes
import Testing

@testable import Engine

@Suite("What environments and files hold, and how they differ")
struct ContentsTests {
    private static func contents(_ scene: Scene, _ word: String) throws -> EnvironmentContents {
        try EnvironmentContents(word, request: scene.request(.install), context: scene.context())
    }

    /// An environment, the other one, and what was added, removed and changed.
    static let differences: [([String], [String], [String], [String], [String])] = [
        (["app"], ["app"], [], [], []),
        (["app=1"], ["app"], [], [], ["app 1.0 2.0", "lib 1.1 2.0"]),
        (["lib"], ["lib", "alone"], ["alone"], [], []),
        (["lib", "alone"], ["lib"], [], ["alone"], []),
        (["twin=1.0=a"], ["twin=1.0=b"], [], [], ["twin 1.0 1.0"]),
        (["lib"], ["alone"], ["alone"], ["lib"], []),
    ]

    @Test(arguments: differences)
    func difference(one: [String], other: [String], added: [String], removed: [String], changed: [String]) throws {
        let scene = try Scene()
        try scene.change(.create, one)
        try scene.change(.create, other, in: "other")
        let difference = EnvironmentDifference(
            from: try Self.contents(scene, "env"), to: try Self.contents(scene, scene.prefix("other")))
        #expect(difference.added.map(\.name) == added && difference.removed.map(\.name) == removed)
        #expect(
            difference.changed.map { "\($0.from.name) \($0.from.version ?? "") \($0.to.version ?? "")" } == changed)
        #expect(difference.isEmpty == (added + removed + changed).isEmpty && difference.unhashedCount == 0)
        let back = EnvironmentDifference(
            from: try Self.contents(scene, "other"), to: try Self.contents(scene, "env"))
        #expect(back.sizeChange == -difference.sizeChange)
        #expect(back.added.map(\.name) == removed && back.unchangedCount == difference.unchangedCount)
    }

    /// Files, their text, and whether the environment of `app` is as they say.
    static let files: [(String, String, [String], [String])] = [
        ("e.yml", "dependencies: [app]\n", [], []),
        ("e.yml", "dependencies: [app=2, lib]\n", [], []),
        ("e.yml", "dependencies: [app=1]\n", ["app"], []),
        ("e.yml", "dependencies: [app, ghost]\n", [], ["ghost"]),
        ("s.txt", "app >=2\n", [], []),
        ("s.txt", "app =3\n", ["app"], []),
    ]

    @Test(arguments: files)
    func againstAFile(name: String, text: String, changed: [String], missing: [String]) throws {
        let scene = try Scene()
        try scene.change(.create, ["app"])
        try scene.write(name, text)
        let difference = EnvironmentDifference(
            from: try Self.contents(scene, name), to: try Self.contents(scene, scene.prefix()))
        #expect(difference.changed.map(\.from.name) == changed && difference.removed.map(\.name) == missing)
        #expect(difference.added.isEmpty, "what comes with it is nothing of its own")
        let comparison = try EnvironmentComparison(prefix: scene.prefix(), file: name, context: scene.context())
        #expect(comparison.differences.count == changed.count + missing.count, "\(comparison.differences)")
        for one in missing { #expect(comparison.differences.contains("\(one) not found")) }
        for one in changed { #expect(comparison.differences.contains { $0.hasPrefix("\(one) found but mismatch.") }) }
    }

    @Test func againstALock() throws {
        let scene = try Scene()
        try scene.change(.create, ["app"])
        let context = try scene.context()
        for file in ["x.txt", "conda-lock.yml"] {
            _ = try LockWriter(context).write(
                scene.plan(.create, ["app", "alone"], in: "other"), to: file, isApplied: false)
            let difference = EnvironmentDifference(
                from: try Self.contents(scene, file), to: try Self.contents(scene, "env"))
            #expect(difference.removed.map(\.name) == ["alone"] && difference.unchangedCount == 2)
            let comparison = try EnvironmentComparison(prefix: scene.prefix(), file: file, context: context)
            #expect(comparison.differences == ["alone-1.0-0 not found"])
        }
    }

    @Test(arguments: ["ghost", "./ghost", "/nowhere/at/all"])
    func neither(word: String) throws {
        let failure = try failure { try Self.contents(try Scene([]), word) }
        #expect(failure.code == .usage && failure.subject == word)
        #expect(failure.reason == "is neither an environment nor a file")
    }

    @Test func comparingNeedsBoth() throws {
        let scene = try Scene()
        let none = try failure {
            try EnvironmentComparison(prefix: scene.prefix(), file: "x", context: scene.context())
        }
        #expect(none.cause is NotAnEnvironment)
        try scene.change(.create, ["lib"])
        let file = try noFile(scene)
        #expect(file.cause is NoInputFile && file.reason == "there is no such file")
    }

    private func noFile(_ scene: Scene) throws -> Failure {
        try failure { try EnvironmentComparison(prefix: scene.prefix(), file: "x.yml", context: scene.context()) }
    }
}
