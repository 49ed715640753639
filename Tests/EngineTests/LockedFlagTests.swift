// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Manifests
import Platform
import Scenes
import Testing

@testable import Engine

@Suite("A lock that has to fit the environment file beside it")
struct LockedFlagTests {
    private static func scene(_ dependencies: String) throws -> Scene {
        let scene = try Scene()
        try scene.write(
            "environment.yml", "channels: [\(scene.channel.path)]\ndependencies: [\(dependencies)]\n")
        return scene
    }

    private static func lock(_ scene: Scene) throws {
        var file = LockFile()
        var request = ChangeRequest(.create, prefix: "")
        request.files = ["environment.yml"]
        request.overrideChannels = true
        try LockWriter(scene.context()).addSolution(of: request, for: "conda-lock.yml", to: &file)
        try scene.write("conda-lock.yml", file.text(.condaLock))
    }

    private static func plan(_ scene: Scene) throws -> ChangePlan {
        try scene.plan(.create) { request in
            request.files = ["environment.yml"]
            request.channels = []
            request.locked = true
        }
    }

    @Test func fits() throws {
        let scene = try Self.scene("app, alone")
        try Self.lock(scene)
        try scene.channel.publish([TestPackage("alone 9.0")])
        let plan = try Self.plan(scene)
        #expect(plan.lines == ["install alone-1.0", "install app-2.0", "install lib-2.0"])
        #expect(plan.updateSpecs == ["alone", "app"], "what the file asks for, not what the lock holds")
    }

    /// What the file asks for after it was locked for `app`, and a reason why the lock does not fit.
    static let drifts: [(String, String)] = [
        ("app, alone", "`alone` is requested but not locked"),
        ("app<2", "but app-2.0-0 is locked"),
        ("alone", "app, lib are locked but not requested"),
    ]

    @Test(arguments: drifts)
    func doesNotFit(dependencies: String, reason: String) throws {
        let scene = try Self.scene("app")
        try Self.lock(scene)
        try scene.write(
            "environment.yml", "channels: [\(scene.channel.path)]\ndependencies: [\(dependencies)]\n")
        let failure = try failure { try Self.plan(scene) }
        #expect(failure.code == .unsatisfiable && failure.subject == "\(scene.path)/conda-lock.yml")
        #expect(failure.reason.hasPrefix("does not fit environment.yml any more:\n"))
        #expect(failure.reason.contains(reason), "\(failure.reason)")
        #expect(failure.hint == "lock again with `krait lock -f environment.yml`, or leave out --locked")
    }

    @Test func thereIsNone() throws {
        let failure = try failure { try Self.plan(try Self.scene("app")) }
        #expect(failure.reason == "has no conda-lock.yml beside it")
        let scene = try Scene()
        let alone = try self.none { try scene.plan(.create, ["lib"]) { $0.locked = true } }
        #expect(alone.subject == "--locked" && alone.reason == "needs an environment.yml that has a lock")
    }

    private func none(_ body: () throws -> ChangePlan) throws -> Failure { try failure { try body() } }
}
