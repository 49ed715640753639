// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures
import Manifests
import Scenes
import Testing

@testable import Engine

@Suite("Which channels are asked, and which of them wins")
struct ChannelTests {
    private static func scene() throws -> (Scene, TestChannel) {
        let scene = try Scene([TestPackage("lib 1.0"), TestPackage("only 1.0")])
        return (scene, try scene.channel("second", [TestPackage("lib 2.0"), TestPackage("need 1.0", ["lib >=2"])]))
    }

    /// Priority, specs, and what comes; nil where nothing can.
    static let priorities: [(String, [String], [String]?)] = [
        ("flexible", ["lib"], ["install lib-1.0"]),
        ("strict", ["lib"], ["install lib-1.0"]),
        ("disabled", ["lib"], ["install lib-2.0"]),
        ("flexible", ["need"], ["install lib-2.0", "install need-1.0"]),
        ("strict", ["need"], nil),
        ("disabled", ["need"], ["install lib-2.0", "install need-1.0"]),
        ("flexible", ["lib=2"], ["install lib-2.0"]),
        ("strict", ["lib=2"], nil),
        ("strict", ["only", "lib"], ["install lib-1.0", "install only-1.0"]),
    ]

    @Test(arguments: priorities)
    func priority(_ name: String, specs: [String], expected: [String]?) throws {
        let (scene, second) = try Self.scene()
        let settings = ["channel_priority": name]
        func plan() throws -> ChangePlan {
            try scene.plan(.create, specs, settings: settings) { $0.channels.append(second.path) }
        }
        guard let expected else {
            let failure = try failure { try plan() }
            #expect(failure.code == .unsatisfiable)
            #expect(failure.hint?.contains("--channel-priority flexible") == true, "\(failure.hint ?? "")")
            return
        }
        #expect(try plan().lines == expected)
    }

    @Test func aSpecNamesAChannel() throws {
        let (scene, second) = try Self.scene()
        let plan = try scene.plan(.create, ["\(second.url)::lib"])
        #expect(plan.lines == ["install lib-2.0"])
        #expect(plan.channels == [scene.channel.path, second.url])
        #expect(plan.links[0].record.url.hasPrefix(second.url + "/noarch/"))
    }

    /// Channels of the command line and of a file, whether others are left out, those of the configuration, and the texts.
    static let selections: [([String], [String], Bool, String, [String])] = [
        ([], [], false, "", ["conda-forge"]),
        (["bioconda"], [], false, "", ["bioconda"]),
        (["bioconda"], ["lab"], false, "", ["bioconda", "lab"]),
        ([], ["lab"], false, "conda-forge,bioconda", ["lab", "conda-forge", "bioconda"]),
        (["a", "a"], ["a"], false, "", ["a"]),
        (["a"], [], false, "b", ["a", "b"]),
        (["a"], [], true, "b", ["a"]),
        (["a"], ["nodefaults"], false, "b", ["a"]),
        ([], [], false, "b,c", ["b", "c"]),
        (["https://user:secret@h.example/c"], [], true, "", ["https://h.example/c"]),
    ]

    @Test(arguments: selections)
    func selection(
        commandLine: [String], files: [String], overrides: Bool, configured: String, expected: [String]
    ) throws {
        let context = try Scene([]).context(configured.isEmpty ? [:] : ["channels": configured])
        let selection = try ChannelSelection(
            commandLine: commandLine, files: files, overrides: overrides, context: context)
        #expect(selection.texts == expected)
        #expect(Set(selection.channels).count == selection.channels.count)
    }

    @Test func relativePathsLast() throws {
        let scene = try Scene([])
        let selection = try ChannelSelection(
            commandLine: ["./channel", "~/other"], overrides: true, context: try scene.context())
        #expect(selection.texts == ["\(scene.path)/channel", "\(scene.path)/other"])
        #expect(selection.channels.map(\.baseURL) == ["file://\(scene.path)/channel", "file://\(scene.path)/other"])
    }

    @Test(arguments: [
        (["denylist_channels": "bad"], "bad", "denylist_channels"),
        (["allowlist_channels": "good"], "bad", "allowlist_channels"),
    ])
    func forbidden(settings: [String: String], name: String, key: String) throws {
        let context = try Scene([]).context(settings)
        let failure = try failure {
            try ChannelSelection(commandLine: ["good", "bad"], overrides: true, context: context)
        }
        #expect(failure.code == .usage && failure.subject == name)
        #expect(failure.reason == "may not be used: `\(key)` of the configuration")
        _ = try ChannelSelection(commandLine: ["good"], overrides: true, context: context)
    }

    @Test func overridingCanBeForbidden() throws {
        let context = try Scene([]).context(["override_channels_enabled": "false", "channels": "a"])
        #expect(throws: Failure.self) { try ChannelSelection(commandLine: ["b"], overrides: true, context: context) }
    }

    @Test func nothingIsThere() throws {
        let scene = try Scene([])
        let failure = try failure { try scene.plan(.create, ["lib"]) { $0.channels = ["\(scene.path)/none"] } }
        #expect([.network, .usage, .unsatisfiable].contains(failure.code))
        #expect(failure.subject.contains("none") || failure.reason.contains("none"), "\(failure)")
    }

    @Test func whatChangesIsSeen() throws {
        let scene = try Scene()
        #expect(try scene.plan(.create, ["lib"]).lines == ["install lib-2.0"])
        try scene.channel.publish([TestPackage("lib 2.1")])
        #expect(try scene.plan(.create, ["lib"], settings: ["local_repodata_ttl": "0"]).lines == ["install lib-2.1"])
        try scene.channel.withdraw(TestPackage("lib 2.1"))
        #expect(try scene.plan(.create, ["lib"], settings: ["local_repodata_ttl": "0"]).lines == ["install lib-2.0"])
    }
}
