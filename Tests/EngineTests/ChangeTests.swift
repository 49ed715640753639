// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures
import Manifests
import Platform
import Scenes
import Testing

@testable import Engine

/// One change of an environment that is there.
struct ChangeCase: Sendable, CustomTestStringConvertible {
    var have: [String]
    var action: ChangeRequest.Action
    var specs: [String]
    var settings: [String: String] = [:]
    var change: @Sendable (inout ChangeRequest) -> Void = { _ in }
    var lines: [String]

    init(
        _ have: [String], _ action: ChangeRequest.Action, _ specs: [String], _ lines: [String],
        settings: [String: String] = [:], _ change: @escaping @Sendable (inout ChangeRequest) -> Void = { _ in }
    ) {
        (self.have, self.action, self.specs, self.settings) = (have, action, specs, settings)
        (self.change, self.lines) = (change, lines)
    }

    var testDescription: String { "\(have) \(action) \(specs) \(settings): \(lines)" }
}

@Suite("What a change of an environment comes to, and what is there then")
struct ChangeTests {
    static let cases: [ChangeCase] = [
        // install
        ChangeCase(["lib==1.0"], .install, ["alone"], ["install alone-1.0"]),
        ChangeCase(["lib=1"], .install, ["app"], ["install app-1.0"]),
        ChangeCase(["app=1"], .install, ["lib=2"], ["upgrade app-1.0 app-2.0", "upgrade lib-1.1 lib-2.0"]),
        ChangeCase(["lib=1", "bound"], .install, ["lib=2"], ["remove bound-1.0", "upgrade lib-1.1 lib-2.0"]),
        ChangeCase(["lib=1"], .install, ["lib=2"], ["upgrade lib-1.1 lib-2.0"]),
        ChangeCase(["lib"], .install, ["lib=1"], ["downgrade lib-2.0 lib-1.1"]),
        ChangeCase(["lib"], .install, ["lib"], []),
        ChangeCase(["lib"], .install, ["lib"], ["reinstall lib-2.0 lib-2.0"]) { $0.forceReinstall = true },
        ChangeCase(["twin=1.0=a"], .install, ["twin=1.0=b"], ["change twin-1.0-a twin-1.0-b"]),
        ChangeCase(["lib=1.0"], .install, ["app=1"], ["install app-1.0"]) { $0.freezeInstalled = true },
        ChangeCase(["lib=1"], .install, ["plug"], ["install plug-1.0"]) { $0.dependencies = .none },
        ChangeCase(["python=3.11"], .install, ["alone"], ["install alone-1.0"]),
        ChangeCase(["lib"], .install, ["native"], ["install native-1.0"]),
        ChangeCase(["lib"], .install, ["lib=1"], ["downgrade lib-2.0 lib-1.1"], settings: ["allow_downgrade": "true"]),
        // update
        ChangeCase(["lib=1.0"], .update, ["lib"], ["upgrade lib-1.0 lib-2.0"]),
        ChangeCase(["lib==1.0", "alone"], .update, [], ["upgrade lib-1.0 lib-2.0"]) { $0.all = true },
        ChangeCase(["lib"], .update, ["lib"], []),
        ChangeCase(["app=1"], .update, ["app"], ["upgrade app-1.0 app-2.0", "upgrade lib-1.1 lib-2.0"]),
        ChangeCase(
            ["python=3.11"], .update, [], ["upgrade python-3.11.0 python-3.12.0"], settings: ["no_py_pin": "true"]
        ) {
            $0.all = true
        },
        ChangeCase(["python=3.11"], .update, [], []) { $0.all = true },
        ChangeCase(
            ["lib=1.0"], .update, ["lib"], ["upgrade lib-1.0 lib-1.1"], settings: ["pinned_packages": "lib 1.*"]),
        // remove
        ChangeCase(["alone", "twin"], .remove, ["alone"], ["remove alone-1.0"]),
        ChangeCase(["app"], .remove, ["app"], ["remove app-2.0", "remove lib-2.0"]),
        ChangeCase(["app"], .remove, ["app"], ["remove app-2.0"]) { $0.prune = false },
        ChangeCase(["app", "lib"], .remove, ["app"], ["remove app-2.0"]),
        ChangeCase(["plug"], .remove, ["lib"], ["remove app-2.0", "remove lib-2.0", "remove plug-1.0"]),
        ChangeCase(["plug"], .remove, ["lib"], ["remove lib-2.0"]) { $0.force = true },
        ChangeCase(["plug"], .remove, [], ["remove app-2.0", "remove lib-2.0", "remove plug-1.0"]) { $0.all = true },
        ChangeCase(["lib"], .remove, ["lib=1", "alone"], []) { $0.passesOverAbsent = true },
        ChangeCase(["lib", "alone"], .remove, ["ghost", "alone"], ["remove alone-1.0"]) { $0.passesOverAbsent = true },
    ]

    @Test(arguments: cases)
    func change(_ one: ChangeCase) throws {
        let scene = try Scene()
        let usual = ["add_pip_as_python_dependency": "false"]
        try scene.change(.create, one.have, settings: usual)
        let before = Set(try scene.installed())
        let settings = usual.merging(one.settings) { _, own in own }
        let (plan, _) = try scene.change(one.action, one.specs, settings: settings, one.change)
        #expect(plan.lines == one.lines)
        #expect(!plan.isNew)
        // What is there is what was there, without what goes and with what comes.
        let gone = plan.removals.map(\.brief) + plan.links.compactMap { $0.replaced?.brief }
        #expect(Set(try scene.installed()) == before.subtracting(gone).union(plan.links.map(\.record.brief)))
        #expect(try Doctor(scene.context()).diagnose(scene.prefix()).isWhole)
        // Asking again changes nothing.
        if one.action != .remove, !one.lines.contains(where: { $0.hasPrefix("reinstall") }) {
            #expect(try scene.plan(one.action, one.specs, settings: settings, one.change).lines == [])
        }
    }

    /// What is there, the request, and what is thrown.
    static let refusals: [(ChangeCase, Failure.Code, String, String?)] = [
        (ChangeCase(["lib"], .update, ["alone"], []), .usage, "is not installed in", "install it with"),
        (ChangeCase(["lib"], .update, ["lip"], []), .usage, "is not installed in", "did you mean `lib`?"),
        (ChangeCase(["lib"], .remove, ["alone"], []), .unsatisfiable, "is not installed in", nil),
        (ChangeCase(["lib"], .remove, ["lbi"], []), .unsatisfiable, "is not installed in", "did you mean `lib`?"),
        (ChangeCase(["lib"], .create, ["lib"], []), .usage, "already holds an environment", "create -y"),
        (
            ChangeCase(["lib=1", "bound"], .install, ["lib=2"], [], settings: ["allow_uninstall": "false"]),
            .unsatisfiable, "would be removed, which `allow_uninstall` forbids", "it is set by"
        ),
        (
            ChangeCase(["lib"], .install, ["lib=1"], [], settings: ["allow_downgrade": "false"]),
            .unsatisfiable, "", nil
        ),
        (
            ChangeCase(["lib"], .create, ["lib"], [], settings: ["allow_uninstall": "false", "always_yes": "true"]) {
                $0.place.mayBeReplaced = true
            }, .unsatisfiable, "would be replaced, which `allow_uninstall` forbids", nil
        ),
    ]

    @Test(arguments: refusals)
    func refused(_ one: ChangeCase, code: Failure.Code, reason: String, hint: String?) throws {
        let scene = try Scene()
        try scene.change(.create, one.have)
        let failure = try failure { try scene.plan(one.action, one.specs, settings: one.settings, one.change) }
        #expect(failure.code == code)
        #expect(failure.reason.contains(reason), "\(failure.reason)")
        if let hint { #expect(failure.hint?.contains(hint) == true, "\(failure.hint ?? "")") }
        #expect(try scene.installed() == (try Scene.installedAfterCreating(one.have)))
    }

    @Test(arguments: [ChangeRequest.Action.install, .update, .remove])
    func thereHasToBeAnEnvironment(action: ChangeRequest.Action) throws {
        let scene = try Scene()
        let failure = try failure { try scene.plan(action, ["lib"]) }
        #expect(failure.code == .usage && failure.reason == "is not an environment")
        #expect(failure.cause is NotAnEnvironment)
        #expect(failure.hint == "make it with `krait create -p \(scene.prefix())`")
        try scene.change(.create, ["lib"], in: "envs")
        let near = try second { try scene.plan(action, ["lib"], in: "envz") }
        #expect(near.hint?.hasPrefix("did you mean `envs`?") == true)
    }

    private func second(_ body: () throws -> ChangePlan) throws -> Failure { try failure { try body() } }

    @Test func whatNoLongerHoldsIsTold() throws {
        let scene = try Scene()
        try scene.change(.create, ["app=1"])
        #expect(try scene.plan(.install, ["lib=2"]).warnings == ["earlier requests that no longer hold: app=1"])
    }

    @Test func frozenEnvironmentsStay() throws {
        let scene = try Scene()
        try scene.change(.create, ["lib=1"])
        try scene.write("root/envs/env/conda-meta/frozen", #"{"message": "ask first"}"#)
        for action in [ChangeRequest.Action.install, .update, .remove] {
            let failure = try failure { try scene.plan(action, ["lib"]) }
            #expect(failure.reason == "the environment is frozen: ask first")
        }
        let plan = try scene.plan(.update, ["lib"], settings: ["protect_frozen_envs": "false"])
        #expect(plan.lines == ["upgrade lib-1.1 lib-2.0"])
    }

    @Test func pinnedFileOfTheEnvironment() throws {
        let scene = try Scene()
        try scene.change(.create, ["lib=1.0"])
        try scene.write("root/envs/env/conda-meta/pinned", "lib 1.*\n")
        #expect(try scene.plan(.update, ["lib"]).lines == ["upgrade lib-1.0 lib-1.1"])
        #expect(try scene.plan(.update, ["lib"], settings: ["no_pin": "true"]).lines == ["upgrade lib-1.0 lib-2.0"])
    }

    @Test func replacedOnlyWithYes() throws {
        let scene = try Scene()
        try scene.change(.create, ["app"])
        #expect(throws: Failure.self) { try scene.plan(.create, ["alone"]) { $0.place.mayBeReplaced = true } }
        let (plan, _) = try scene.change(.create, ["alone"], settings: ["always_yes": "true"]) {
            $0.place.mayBeReplaced = true
        }
        #expect(plan.replaces && plan.replacedCount == 2 && plan.isNew)
        #expect(try scene.installed() == ["alone-1.0"])
    }

    @Test func filesInTheWay() throws {
        let scene = try Scene()
        try scene.write("root/envs/env/mine.txt", "mine")
        let failure = try failure { try scene.plan(.create, ["lib"]) }
        #expect(failure.reason == "exists and is neither empty nor an environment")
        try scene.change(.create, ["lib"], settings: ["always_yes": "true"]) { $0.place.mayHoldFiles = true }
        #expect(try scene.read("root/envs/env/mine.txt") == "mine")
        #expect(try scene.installed() == ["lib-2.0"])
    }

    @Test func missingIsMadeByEnvUpdate() throws {
        let scene = try Scene()
        let (plan, _) = try scene.change(.install, ["lib"]) { $0.place.mayBeMissing = true }
        #expect(plan.isNew && plan.lines == ["install lib-2.0"])
        #expect(try scene.installed() == ["lib-2.0"])
    }

    @Test func otherChannelsAreTold() throws {
        let scene = try Scene()
        let other = try scene.channel("second", [TestPackage("lib 3.0")])
        try scene.change(.create, ["lib"])
        let plan = try scene.plan(.update, ["lib"]) { $0.channels = [other.path] }
        #expect(plan.lines == ["upgrade lib-2.0 lib-3.0"])
        let told = "lib comes from another channel: \(other.url) in place of \(scene.channel.url)"
        #expect(plan.warnings.contains(told), "\(plan.warnings)")
    }

    @Test func aPlanIsOutdatedByAnotherChange() throws {
        let scene = try Scene()
        try scene.change(.create, ["lib=1"])
        let context = try scene.context()
        let plan = try Planner(context).plan(scene.request(.update, ["lib"]))
        try scene.change(.install, ["alone"])
        let failure = try failure { try ChangeExecution(plan, context).run() }
        #expect(failure.cause is OutdatedPlan)
        #expect(try scene.installed() == ["alone-1.0", "lib-1.1"])
    }

    @Test func whatIsAskedAnewIsRemembered() throws {
        let scene = try Scene()
        try scene.change(.create, ["app"])
        let (plan, _) = try scene.change(.install, ["lib"])
        #expect(plan.isEmpty && plan.asksAnew)
        #expect(try scene.plan(.remove, ["app"]).lines == ["remove app-2.0"])
        #expect(!(try scene.plan(.install, ["lib"]).asksAnew))
    }
}

extension Scene {
    /// What an environment of `specs` has, made in a scene of its own.
    static func installedAfterCreating(_ specs: [String]) throws -> [String] {
        let scene = try Scene()
        return try scene.plan(.create, specs).links.map(\.record.brief).sorted()
    }
}
