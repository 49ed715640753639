// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures
import Manifests
import Platform
import Prefix
import Scenes
import Testing

@testable import Engine

@Suite("The history of an environment, and the way back")
struct RevisionTests {
    /// An environment after four changes, with what was installed after each.
    private static func lived() throws -> (scene: Scene, states: [[String]]) {
        let scene = try Scene()
        var states: [[String]] = []
        try scene.change(.create, ["app=1"])
        states.append(try scene.installed())
        try scene.change(.install, ["alone"])
        states.append(try scene.installed())
        try scene.change(.update, ["app"])
        states.append(try scene.installed())
        try scene.change(.remove, ["alone"])
        states.append(try scene.installed())
        return (scene, states)
    }

    @Test func eachRevisionIsListed() throws {
        let (scene, _) = try Self.lived()
        let revisions = try RevisionList(prefix: scene.prefix(), root: scene.root).revisions
        #expect(revisions.map(\.number) == [0, 1, 2, 3])
        #expect(revisions.map { $0.installed.map(\.name) } == [["app", "lib"], ["alone"], [], []])
        #expect(revisions.map { $0.removed.map(\.name) } == [[], [], [], ["alone"]])
        #expect(revisions[2].changed.map { "\($0.from.version) \($0.to.version)" } == ["1.0 2.0", "1.1 2.0"])
        #expect(revisions[2].changed.allSatisfy(RevisionList.Revision.isUpgrade))
        #expect(revisions.allSatisfy { $0.command == "krait create words" && $0.date.hasPrefix("2026-01-01") })
        #expect(revisions[0].installed.allSatisfy { $0.place.hasSuffix("/channel/noarch") })
    }

    @Test(arguments: 0...3)
    func back(number: Int) throws {
        let (scene, states) = try Self.lived()
        let context = try scene.context()
        let plan = try Planner(context).plan(scene.request(.install), revision: number)
        _ = try ChangeExecution(plan, context).run()
        #expect(try scene.installed() == states[number])
        #expect(try Doctor(context).diagnose(scene.prefix()).isWhole)
        #expect(try Planner(context).plan(scene.request(.install), revision: number).lines == [])
        // Specs that held then hold again.
        let asked = try History.read(scene.prefix()).requestedSpecs().keys.sorted()
        #expect(asked == (number == 1 || number == 2 ? ["alone", "app"] : ["app"]))
    }

    @Test(arguments: [4, 99])
    func thereIsNoSuchRevision(number: Int) throws {
        let (scene, states) = try Self.lived()
        let failure = try failure { try Planner(scene.context()).plan(scene.request(.install), revision: number) }
        #expect(failure.code == .usage && failure.subject == "--revision \(number)")
        #expect(failure.hint?.hasSuffix("shows 0 to 3") == true)
        #expect(try scene.installed() == states[3])
    }

    @Test func whatChannelsDroppedComesFromTheCache() throws {
        let (scene, states) = try Self.lived()
        let package = TestPackage("alone 1.0")
        try scene.channel.withdraw(package)
        let plan = try Planner(scene.context()).plan(scene.request(.install), revision: 1)
        _ = try ChangeExecution(plan, scene.context()).run()
        #expect(try scene.installed() == states[1])
    }

    @Test func whatNobodyHasAnyMoreIsNamed() throws {
        let (scene, _) = try Self.lived()
        try scene.channel.withdraw(TestPackage("alone 1.0"))
        let failure = try failure {
            try Planner(scene.context(variables: ["CONDA_PKGS_DIRS": "\(scene.path)/empty"])).plan(
                scene.request(.install), revision: 1)
        }
        #expect(failure.code == .unsatisfiable)
        #expect(failure.subject.contains("alone-1.0-0"), "\(failure.subject) \(failure.reason)")
    }

    @Test func revisionsNeedAnEnvironment() throws {
        let scene = try Scene()
        for body in [
            { _ = try Planner(scene.context()).plan(scene.request(.install), revision: 0) },
            { _ = try RevisionList(prefix: scene.prefix(), root: scene.root) },
        ] as [() throws -> Void] {
            #expect(try failure { try body() }.cause is NotAnEnvironment)
        }
    }

    /// Lines of a history, and how they are read.
    static let lines: [(String, String, String, String, String)] = [
        ("conda-forge/linux-64::numpy-2.1.0-py312_0", "numpy", "2.1.0", "py312_0", "conda-forge/linux-64"),
        ("https://h/c/noarch::a-b-1.0-0", "a-b", "1.0", "0", "https://h/c/noarch"),
        ("numpy-2.1.0-py312_0", "numpy", "2.1.0", "py312_0", ""),
        ("odd", "odd", "", "", ""),
    ]

    @Test(arguments: lines)
    func line(_ text: String, name: String, version: String, build: String, place: String) {
        let package = RevisionList.package(text)
        #expect([package.name, package.version, package.build, package.place] == [name, version, build, place])
    }

    @Test(arguments: [("1.0", "2.0", true), ("2.0", "1.0", false), ("1.9", "1.10", true), ("?", "1", true)])
    func direction(from: String, to: String, isUpgrade: Bool) {
        func package(_ version: String) -> RevisionList.Package {
            RevisionList.package("c/noarch::x-\(version)-0")
        }
        #expect(RevisionList.Revision.isUpgrade((package(from), package(to))) == isUpgrade)
    }
}
