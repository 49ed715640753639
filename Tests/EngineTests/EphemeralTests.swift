// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures
import Foundation
import Manifests
import Scenes
import Testing

@testable import Engine

@Suite("Environments without a name")
struct EphemeralTests {
    private static func cached(
        _ scene: Scene, _ specs: [String] = ["app"], settings: [String: String] = [:],
        _ change: (inout ChangeRequest) -> Void = { _ in }
    ) throws -> CachedEnvironment {
        try CachedEnvironment(scene.request(.create, specs, change), context: scene.context(settings))
    }

    @Test func madeOnceAndFoundAgain() throws {
        let scene = try Scene()
        #expect(try Self.cached(scene).ready() == nil)
        let first = try Self.cached(scene).obtain(refreshes: false)
        #expect(first.made?.plan.lines == ["install app-2.0", "install lib-2.0"])
        let again = try #require(try Self.cached(scene).ready())
        #expect(again.prefix == first.prefix && again.made == nil)
        #expect(try Self.cached(scene).obtain(refreshes: false).made == nil)
        // Nothing newer is there, so that asking changes nothing.
        #expect(try Self.cached(scene).obtain(refreshes: true).prefix == first.prefix)
        try scene.channel.publish([TestPackage("app 3.0", ["lib"])])
        let settings = ["local_repodata_ttl": "0"]
        #expect(try Self.cached(scene, settings: settings).obtain(refreshes: false).prefix == first.prefix)
        let newer = try Self.cached(scene, settings: settings).obtain(refreshes: true)
        #expect(newer.prefix != first.prefix && newer.made?.plan.lines.first == "install app-3.0")
    }

    /// Requests that are the same as that of `app` and `lib`, and others.
    static let keys: [([String], [String: String], @Sendable (inout ChangeRequest) -> Void, Bool)] = [
        (["app", "lib"], [:], { _ in }, true),
        (["lib", "app"], [:], { _ in }, true),
        (["lib", "app"], [:], { $0.prefix = "/other" }, true),
        (["app", "lib"], ["local_repodata_ttl": "0"], { _ in }, true),
        (["app", "lib"], ["verbosity": "2"], { _ in }, true),
        (["app"], [:], { _ in }, false),
        (["app", "lib>=1"], [:], { _ in }, false),
        (["app", "lib"], [:], { $0.channels = ["/other"] }, false),
        (["app", "lib"], [:], { $0.pins = ["lib 2.*"] }, false),
        (["app", "lib"], [:], { $0.excludes = ["docs"] }, false),
        (["app", "lib"], [:], { $0.categories = ["dev"] }, false),
        (["app", "lib"], [:], { $0.pip.isLeftOut = true }, false),
        (["app", "lib"], [:], { $0.pip.requirements = ["rich"] }, false),
        (["app", "lib"], ["subdir": "linux-aarch64"], { _ in }, false),
        (["app", "lib"], ["channel_priority": "disabled"], { _ in }, false),
        (["app", "lib"], ["exclude_newer": "2026-01-06"], { _ in }, false),
        (["app", "lib"], ["virtual_packages": "__cuda=12"], { _ in }, false),
        (["app", "lib"], ["link_mode": "copy"], { _ in }, false),
    ]

    @Test(arguments: keys.indices)
    func key(_ row: Int) throws {
        let (specs, settings, change, isSame) = Self.keys[row]
        let scene = try Scene([])
        let usual = try CachedEnvironment.key(of: scene.request(.create, ["app", "lib"]), scene.context())
        let key = try CachedEnvironment.key(of: scene.request(.create, specs, change), scene.context(settings))
        #expect((key == usual) == isSame && key.count == 64)
    }

    @Test func filesCountByWhatIsInThem() throws {
        let scene = try Scene([])
        func key() throws -> String {
            try CachedEnvironment.key(of: scene.request(.create) { $0.files = ["e.yml"] }, scene.context())
        }
        let missing = try failure { try key() }
        #expect(missing.subject == "e.yml" && missing.reason == "there is no such file")
        try scene.write("e.yml", "dependencies: [a]\n")
        let before = try key()
        #expect(try key() == before)
        try scene.write("e.yml", "dependencies: [b]\n")
        #expect(try key() != before)
    }

    @Test func cleaningTakesThemAway() throws {
        let scene = try Scene()
        let first = try Self.cached(scene, ["alone"]).obtain(refreshes: false)
        let root = try CachedEnvironment.root(scene.context())
        #expect(first.prefix.hasPrefix(root + "/") && root.hasPrefix(scene.path))
        #expect(throws: Failure.self) { try Self.cached(scene, ["ghost"]).obtain(refreshes: false) }
        #expect(try Self.cached(scene, ["ghost"]).ready() == nil)
    }

    static let commands: [(String, String?)] = [
        ("ruff", "ruff"), ("rg", "ripgrep"), ("python3", "python"), ("R", "r-base"), ("Black", "black"),
        ("npx", "nodejs"),
        ("ruamel.yaml", "ruamel.yaml"), ("a b", nil), ("a=1", nil), ("a>2", nil), ("*", nil), ("", nil), ("a::b", nil),
    ]

    @Test(arguments: commands)
    func packageOfACommand(command: String, package: String?) throws {
        guard let package else {
            let failure = try failure { try CommandPackage(command) }
            #expect(failure.code == .usage && failure.hint == "name its packages: krait exec -s SPEC -- \(command)")
            return
        }
        let found = try CommandPackage(command)
        #expect(found.package == package && (found.note == nil) == (command == package))
    }

    @Test func programsThatAreNotThere() throws {
        let scene = try Scene()
        try scene.change(.create, ["app", "lib"])
        try CommandPackage("app").requireProgram(in: scene.prefix())
        let lib = try failure { try CommandPackage("lib").requireProgram(in: scene.prefix()) }
        #expect(lib.reason == "is not a program of the package lib, which brings none")
        let explained = try CommandPackage("lib").explaining(Failure(.unsatisfiable, "lib", "no", hint: "first"))
        #expect(
            explained.hint
                == "first\n      where the package has another name than the command: krait exec -s PACKAGE -- lib")
        #expect(try CommandPackage("lib").explaining(Failure(.network, "lib", "no")).hint == nil)
    }
}
