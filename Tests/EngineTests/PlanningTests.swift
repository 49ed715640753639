// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures
import Manifests
import Platform
import Scenes
import Testing

@testable import Engine

@Suite("What a request for a new environment comes to")
struct PlanningTests {
    /// Specs, settings, and what is to be linked.
    static let creations: [([String], [String: String], [String])] = [
        (["lib"], [:], ["lib-2.0"]),
        (["lib=1"], [:], ["lib-1.1"]),
        (["lib==1.0"], [:], ["lib-1.0"]),
        (["lib<2"], [:], ["lib-1.1"]),
        (["lib[version='<1.1']"], [:], ["lib-1.0"]),
        (["lib[md5=00000000000000000000000000000000]"], [:], []),
        (["app"], [:], ["app-2.0", "lib-2.0"]),
        (["app", "lib<2"], [:], ["app-1.0", "lib-1.1"]),
        (["plug"], [:], ["app-2.0", "lib-2.0", "plug-1.0"]),
        (["plug", "bound"], [:], ["app-1.0", "bound-1.0", "lib-1.1", "plug-1.0"]),
        (["twin"], [:], ["twin-1.0-b"]),
        (["twin=1.0=a"], [:], ["twin-1.0-a"]),
        (["native"], [:], ["native-1.0"]),
        (["native"], ["subdir": "linux-aarch64"], ["native-1.1"]),
        (["old"], [:], ["old-1.0"]),
        (["gpu"], ["virtual_packages": "__cuda=12.4"], ["gpu-1.0"]),
        (["alone"], ["create_default_packages": "twin"], ["alone-1.0", "twin-1.0-b"]),
        (["lib"], ["pinned_packages": "lib 1.*"], ["lib-1.1"]),
        (["lib"], ["pinned_packages": "lib 1.*", "no_pin": "true"], ["lib-2.0"]),
        (["python"], [:], ["python-3.12.0"]),
        (["python=3.11"], ["add_pip_as_python_dependency": "true"], ["pip-24.0", "python-3.11.0"]),
        (["lib"], ["exclude_newer": "2026-01-06"], ["lib-1.1"]),
        (["lib"], ["exclude_newer": "2026-01-06", "exclude_newer_package": "lib=none"], ["lib-2.0"]),
        (["app"], ["exclude_newer_package": "lib=2026-01-06"], ["app-1.0", "lib-1.1"]),
        (["lib"], ["disallowed_packages": "lib 2.*"], ["lib-1.1"]),
        ([], [:], []),
    ].filter { !$0.0.contains { $0.contains("md5") } }

    @Test(arguments: creations)
    func create(specs: [String], settings: [String: String], expected: [String]) throws {
        let usual = ["add_pip_as_python_dependency": "false"]
        let plan = try Scene().plan(.create, specs, settings: usual.merging(settings) { _, own in own })
        #expect(plan.lines == expected.map { "install \($0)" })
        #expect(plan.isNew && plan.removals.isEmpty && plan.unchanged.isEmpty)
        let position = Dictionary(uniqueKeysWithValues: plan.links.map(\.record.name).enumerated().map { ($1, $0) })
        for link in plan.links {
            for need in link.record.depends.map({ String($0.prefix { $0 != " " }) }) {
                if let place = position[need] { #expect(place < (position[link.record.name] ?? 0), "\(need)") }
            }
            #expect(link.specs.isEmpty != specs.contains { $0.hasPrefix(link.record.name) } || !settings.isEmpty)
        }
    }

    @Test func onlyAndWithoutDependencies() throws {
        let scene = try Scene()
        #expect(try scene.plan(.create, ["app"]) { $0.dependencies = .none }.lines == ["install app-2.0"])
        #expect(try scene.plan(.create, ["app"]) { $0.dependencies = .only }.lines == ["install lib-2.0"])
        #expect(
            try scene.plan(.create, ["alone"], settings: ["create_default_packages": "twin"]) {
                $0.noDefaultPackages = true
            }.lines == ["install alone-1.0"])
    }

    @Test func pinsOfTheCommandLine() throws {
        #expect(
            try Scene().plan(.create, ["app"]) { $0.pins = ["lib=1"] }.lines == ["install app-1.0", "install lib-1.1"])
    }

    @Test func whatIsFetchedIsCounted() throws {
        let scene = try Scene()
        let first = try scene.plan(.create, ["app"])
        #expect(first.downloadSize == first.links.compactMap(\.record.size).reduce(0, +) && first.downloadSize > 0)
        try scene.change(.create, ["lib"], in: "other")
        let second = try scene.plan(.create, ["app"])
        #expect(second.links.filter(\.isCached).map(\.record.name) == ["lib"])
        #expect(second.downloadSize < first.downloadSize)
    }

    /// Specs, settings, the failure's code, and what its text has.
    static let refusals: [([String], [String: String], Failure.Code, [String])] = [
        (["nothing"], [:], .unsatisfiable, ["`nothing`"]),
        (["ap"], [:], .unsatisfiable, ["did you mean", "`app`"]),
        (["lib>3"], [:], .unsatisfiable, ["lib", "2.0"]),
        (["gpu"], [:], .unsatisfiable, ["the virtual package `__cuda >=12` is required, but this machine has none"]),
        (["gpu"], ["virtual_packages": "__cuda=11.0"], .unsatisfiable, ["but this machine has 11.0"]),
        (["lost"], [:], .unsatisfiable, ["nowhere"]),
        (["app=2", "bound"], [:], .unsatisfiable, ["bound", "app"]),
        (["app=2"], ["pinned_packages": "lib 1.*"], .unsatisfiable, ["pin"]),
        (["lib=2"], ["exclude_newer": "2026-01-06"], .unsatisfiable, ["--exclude-newer"]),
        (["lib=2"], ["disallowed_packages": "lib"], .unsatisfiable, ["disallowed_packages"]),
        (["lib=>=<"], [:], .parse, ["lib=>=<"]),
        (["lib"], ["subdir": "linux-46"], .usage, ["linux-46", "is not a platform", "did you mean `linux-64`?"]),
        (["lib"], ["exclude_newer": "yesterday"], .usage, ["yesterday", "2026-01-31"]),
        (["lib"], ["exclude_newer_package": "lib"], .usage, ["is not WHAT=TIME"]),
        (["lib"], ["remote_cache": "cache"], .usage, ["`cache` is not a URL"]),
        (["./specs.txt"], [:], .usage, ["there is no such file", "-f"]),
        (["missing/x-1-0.conda"], [:], .usage, ["there is no such file"]),
    ]

    @Test(arguments: refusals)
    func refused(specs: [String], settings: [String: String], code: Failure.Code, words: [String]) throws {
        let scene = try Scene()
        let failure = try failure { try scene.plan(.create, specs, settings: settings) }
        #expect(failure.code == code)
        let text = [failure.subject, failure.reason, failure.hint ?? ""].joined(separator: "\n")
        for word in words { #expect(text.contains(word), "\(text)") }
        #expect(!scene.directory.exists("root/envs/env"))
    }

    @Test func filesAreNotSpecs() throws {
        let scene = try Scene()
        try scene.write("specs.txt", "lib\n")
        let failure = try failure { try scene.plan(.create, ["specs.txt"]) }
        #expect(failure.reason == "is a file, not a spec" && failure.hint == "read it with `-f specs.txt`")
        #expect(throws: Failure.self) { try scene.context().requireSpecs(["lib", "specs.txt"]) }
        try scene.context().requireSpecs(["lib", "ruamel.yaml"])
    }

    @Test func weakHashesAreRefusedWhereThatIsWished() throws {
        let scene = try Scene()
        let plan = try scene.plan(.create, ["lib"], settings: ["require_sha256": "true"])
        #expect(plan.warnings.isEmpty && plan.lines == ["install lib-2.0"])
    }

    @Test func options() throws {
        let scene = try Scene()
        let failure = try failure { try scene.plan(.create, ["lib"]) { $0.excludes = ["test"] } }
        #expect(failure.hint?.contains("did you mean `tests`?") == true)
        let details = try scene.plan(.create, ["app=1"], settings: ["verbosity": "1"]).details
        #expect(details.contains { $0.hasPrefix("Solved: 2 packages") })
        _ = try scene.plan(.create, ["app"]) { $0.testcase = "\(scene.path)/case.txt" }
        #expect(try scene.read("case.txt").contains("app"))
    }

    @Test func effectsThatDoNothing() throws {
        let scene = try Scene()
        let warnings = try scene.plan(
            .create, ["lib"],
            settings: ["exclude_newer_package": "ghost=7d", "exclude_newer_channel": "ghost=7d"]
        ).warnings
        #expect(warnings.filter { $0.contains("has no effect on ghost") }.count == 2, "\(warnings)")
    }
}
