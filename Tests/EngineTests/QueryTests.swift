// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures
import Manifests
import Platform
import Scenes
import Testing

@testable import Engine

@Suite("Questions about packages")
struct QueryTests {
    private static func answer(
        _ scene: Scene, _ kind: PackageQuery.Kind, _ spec: String, settings: [String: String] = [:],
        _ change: (inout PackageQuery) -> Void = { _ in }
    ) throws -> PackageAnswer {
        var query = PackageQuery(kind, spec)
        query.channels = [scene.channel.path]
        query.overrideChannels = true
        change(&query)
        return try PackageSearch(scene.context(settings)).answer(query)
    }

    /// Specs, and what a channel has for them, the newest last.
    static let searches: [(String, [String])] = [
        ("lib", ["lib-1.0", "lib-1.1", "lib-2.0"]),
        ("lib>=1.1", ["lib-1.1", "lib-2.0"]),
        ("lib==1.0", ["lib-1.0"]),
        ("twin", ["twin-1.0-a", "twin-1.0-b"]),
        ("l*", ["lib-1.0", "lib-1.1", "lib-2.0", "lost-1.0"]),
        ("*[license=MIT]", ["alone-1.0"]),
        ("*[subdir=linux-64]", ["native-1.0", "python-3.11.0", "python-3.12.0", "uv-0.9"]),
        ("native", ["native-1.0"]),
        ("native[subdir=linux-aarch64]", ["native-1.1"]),
    ]

    @Test(arguments: searches)
    func search(spec: String, expected: [String]) throws {
        let answer = try Self.answer(try Scene(), .search, spec)
        #expect(answer.packages.map(\.brief) == expected && answer.tree == nil)
    }

    /// The tree, a package a line, indented by depth.
    private static func lines(_ node: PackageAnswer.Node, _ depth: Int = 0) -> [String] {
        [String(repeating: " ", count: depth) + (node.package?.brief ?? "(\(node.text))")]
            + node.children.flatMap { lines($0, depth + 1) }
    }

    /// Kind, spec, whether the whole tree is asked for, and its lines.
    static let trees: [(PackageQuery.Kind, String, Bool, [String])] = [
        (.depends, "app", false, ["app-2.0", " lib-2.0"]),
        (.depends, "plug", false, ["plug-1.0", " app-2.0"]),
        (.depends, "plug", true, ["plug-1.0", " app-2.0", "  lib-2.0"]),
        (.depends, "app=1", true, ["app-1.0", " lib-1.1"]),
        (.depends, "lost", true, ["lost-1.0", " (nowhere)"]),
        (.depends, "gpu", true, ["gpu-1.0", " (__cuda >=12)"]),
        (.depends, "alone", true, ["alone-1.0"]),
        (.whoneeds, "app", false, ["app", " plug-1.0"]),
        (.whoneeds, "lib", true, ["lib", " app-2.0", "  plug-1.0"]),
        (.whoneeds, "alone", true, ["alone"]),
    ]

    @Test(arguments: trees)
    func tree(kind: PackageQuery.Kind, spec: String, isRecursive: Bool, expected: [String]) throws {
        let answer = try Self.answer(try Scene(), kind, spec) { $0.isRecursive = isRecursive }
        let tree = try #require(answer.tree)
        var lines = Self.lines(tree)
        if kind == .whoneeds {
            lines[0] = String(lines[0].drop { $0 == "(" }.prefix { $0 != "-" && $0 != ")" && $0 != " " })
        }
        #expect(lines == expected)
    }

    /// The same questions of an environment.
    static let installed: [(PackageQuery.Kind, String, [String])] = [
        (.search, "lib", ["lib-1.1"]),
        (.search, "*", ["alone-1.0", "app-1.0", "lib-1.1"]),
        (.depends, "app", ["lib-1.1"]),
        (.whoneeds, "lib", ["app-1.0"]),
        (.whoneeds, "alone", []),
    ]

    @Test(arguments: installed)
    func ofAnEnvironment(kind: PackageQuery.Kind, spec: String, expected: [String]) throws {
        let scene = try Scene()
        try scene.change(.create, ["app=1", "alone"])
        let answer = try Self.answer(scene, kind, spec, settings: ["offline": "true"]) { query in
            query.prefix = scene.prefix()
            query.isRecursive = true
        }
        #expect(answer.packages.map(\.brief) == expected)
    }

    @Test func everyRecordThatNeedsIt() throws {
        let scene = try Scene()
        try scene.channel.publish([TestPackage("app 2.1", ["lib >=2"])])
        let newest = try Self.answer(scene, .whoneeds, "lib")
        #expect(newest.packages.map(\.brief) == ["app-2.1"])
        let all = try Self.answer(scene, .whoneeds, "lib") { $0.takesAll = true }
        #expect(all.packages.map(\.brief) == ["app-2.1", "app-2.0"], "app-1.0 does not take the newest lib")
    }

    @Test func severalAnswersAsOne() throws {
        let scene = try Scene()
        let answers = try ["lib", "lib>=2", "alone"].map { try Self.answer(scene, .search, $0) }
        let merged = PackageAnswer(merging: answers)
        #expect(merged.packages.map(\.brief) == ["lib-1.0", "lib-1.1", "lib-2.0", "alone-1.0"] && merged.tree == nil)
    }

    /// What is asked, and the failure.
    static let refusals: [(PackageQuery.Kind, String, Failure.Code, String)] = [
        (.search, "ghost", .unsatisfiable, "ghost"),
        (.search, "lbi", .unsatisfiable, "lib"),
        (.search, "lib>9", .unsatisfiable, "lib"),
        (.depends, "ghost", .unsatisfiable, "ghost"),
        (.search, "https://h/noarch/x-1-0.conda", .usage, "names an archive"),
        (.search, "lib=>=<", .parse, "lib"),
    ]

    @Test(arguments: refusals)
    func refused(kind: PackageQuery.Kind, spec: String, code: Failure.Code, text: String) throws {
        let failure = try failure { try Self.answer(try Scene(), kind, spec) }
        #expect(failure.code == code, "\(failure)")
        #expect("\(failure.subject) \(failure.reason) \(failure.hint ?? "")".contains(text), "\(failure)")
        if code == .unsatisfiable { #expect((failure.cause as? NothingFound)?.spec == spec) }
    }

    @Test func environmentsThatAreNone() throws {
        let scene = try Scene()
        let failure = try failure { try Self.answer(scene, .search, "lib") { $0.prefix = scene.prefix() } }
        #expect(failure.cause is NotAnEnvironment)
    }
}
