// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures
import Foundation
import Manifests
import Platform
import Scenes
import Testing

@testable import Engine

@Suite("Programs with environments of their own")
struct ToolTests {
    private static let executable = "/opt/krait"

    private static func installation(_ scene: Scene) throws -> ToolInstallation {
        try ToolInstallation(executable: executable, context: scene.context())
    }

    private static func tool(
        _ scene: Scene, _ name: String = "app", _ spec: String? = nil, _ change: (inout Tool) -> Void = { _ in }
    ) -> Tool {
        var tool = Tool(name: name, spec: spec ?? name)
        tool.channels = [scene.channel.path]
        tool.overridesChannels = true
        change(&tool)
        return tool
    }

    @Test func installUpgradeRemove() throws {
        let scene = try Scene()
        let first = try Self.installation(scene).install(Self.tool(scene, "app", "app=1"))
        #expect(first.before == nil && first.tool.version == "1.0" && first.packages == 2)
        #expect(first.tool.exposed == [.init(name: "app", program: "app")])
        let launcher = try scene.read(".local/bin/app").split(separator: "\n")
        #expect(launcher[0] == "#!/opt/krait launch" && launcher[2] == "app")

        let tools = try Tools(scene.context())
        #expect(tools.all.map(\.name) == ["app"] && tools.all[0] == first.tool)
        #expect(try Self.installation(scene).upgrade("app").isUnchanged)

        let second = try Self.installation(scene).install(Self.tool(scene))
        #expect(second.before == "1.0" && second.tool.version == "2.0" && !second.isUnchanged)
        #expect(try scene.read(".local/bin/app") != launcher.joined(separator: "\n") + "\n")

        #expect(try tools.remove("app") && tools.all.isEmpty)
        #expect(!scene.directory.exists(".local/bin/app"))
    }

    @Test func whatRunsKeepsItsEnvironment() throws {
        let scene = try Scene()
        _ = try Self.installation(scene).install(Self.tool(scene))
        let tools = try Tools(scene.context())
        #expect(tools.held("lib") == nil)
        let held = try #require(tools.held("app"))
        #expect(held.program == held.prefix + "/bin/app")
        #expect(try !tools.remove("app"), "this process runs in it, as far as others can tell")
        #expect(tools.all.isEmpty && FileManager.default.fileExists(atPath: held.program))
    }

    @Test func exposedByOtherNames() throws {
        let scene = try Scene()
        let report = try Self.installation(scene).install(
            Self.tool(scene) { $0.asked = [.init(name: "second", program: "app")] })
        #expect(report.tool.exposed.map(\.name) == ["second"])
        #expect(scene.directory.exists(".local/bin/second") && !scene.directory.exists(".local/bin/app"))
        // By another name the former one goes.
        _ = try Self.installation(scene).install(Self.tool(scene))
        #expect(!scene.directory.exists(".local/bin/second") && scene.directory.exists(".local/bin/app"))
    }

    @Test func ofAPackageBeside() throws {
        let scene = try Scene()
        let report = try Self.installation(scene).install(
            Self.tool(scene, "alone") { tool in
                tool.with = ["app"]
                tool.asked = [.init(name: "app", program: "app")]
            })
        #expect(report.tool.version == "1.0" && report.packages == 3)
    }

    /// A tool, and why it cannot be.
    static let refusals: [(String, [Tool.Exposed], String, String)] = [
        ("lib", [], "lib", "brings no program"),
        ("app", [.init(name: "x", program: "ghost")], "ghost", "is not a program in the environment of app"),
        ("ghost", [], "", "ghost"),
    ]

    @Test(arguments: refusals)
    func refused(name: String, asked: [Tool.Exposed], subject: String, reason: String) throws {
        let scene = try Scene()
        let failure = try failure {
            try Self.installation(scene).install(Self.tool(scene, name) { $0.asked = asked })
        }
        #expect(failure.subject == subject && failure.reason.contains(reason), "\(failure)")
        #expect(try Tools(scene.context()).all.isEmpty)
    }

    @Test func filesOfOthersStay() throws {
        let scene = try Scene()
        try scene.write(".local/bin/app", "mine")
        let failure = try failure { try Self.installation(scene).install(Self.tool(scene)) }
        #expect(failure.reason == "is there already, and is not a program of the tool app")
        #expect(failure.hint == "remove it, or give the program another name: --expose OTHER=app")
        #expect(try scene.read(".local/bin/app") == "mine" && Tools(scene.context()).all.isEmpty)
    }

    @Test func unknownTools() throws {
        let scene = try Scene()
        let tools = try Tools(scene.context())
        #expect(try failure { try tools.tool("app") }.hint == "install it with `krait tool install app`")
        _ = try Self.installation(scene).install(Self.tool(scene))
        let failure = try failure { try tools.remove("ap") }
        #expect(failure.code == .usage && failure.hint == "there are app")
    }

    static let exposures: [(String, String?, String)] = [
        ("ruff", "ruff", "ruff"), ("py=ipython", "py", "ipython"), ("a=b=c", "a", "b=c"), ("", nil, ""),
        ("a=", nil, ""),
        ("=b", nil, ""), ("a/b", nil, ""), ("..", nil, ""), ("-x", nil, ""), ("a b", nil, ""), ("x=a/b", nil, ""),
    ]

    @Test(arguments: exposures)
    func exposure(text: String, name: String?, program: String) throws {
        guard let name else {
            let failure = try failure { try Tool.Exposed(text) }
            #expect(failure.code == .usage && failure.reason == "does not name a program")
            return
        }
        #expect(try Tool.Exposed(text) == .init(name: name, program: program))
    }

    /// Files, and whether they are launchers.
    static let launchers: [(String, Bool)] = [
        ("#!/opt/krait launch\n/env\napp\n", true), ("#!/opt/krait launch\n/env\napp", false),
        ("#!/opt/krait\n/env\napp\n", false), ("#!/opt/krait launch\nenv\napp\n", false),
        ("#!/opt/krait launch\n/env\nbin/app\n", false), ("#!/opt/krait launch\n/env\n\n", false), ("", false),
        ("#!/opt/krait launch\n/env\napp\nmore\n", false), ("echo\n/env\napp\n", false),
    ]

    @Test(arguments: launchers)
    func launcher(text: String, isOne: Bool) throws {
        let launcher = ToolLauncher(Array(text.utf8))
        #expect((launcher != nil) == isOne)
        if let launcher { #expect(try launcher.bytes(executable: "/opt/krait") == Array(text.utf8)) }
    }

    @Test(arguments: ["/with a space/krait", "/" + String(repeating: "x", count: 130)])
    func theKernelHasToFindKrait(executable: String) throws {
        let failure = try failure { try ToolLauncher(prefix: "/env", program: "app").bytes(executable: executable) }
        #expect(failure.code == .usage && failure.subject == executable)
    }

    @Test func places() throws {
        let home = try TemporaryDirectory()
        let plain = try ToolPlaces(home.environment(["HOME": home.path, "PATH": "/bin:\(home.path)/.local/bin"]))
        #expect(plain.isOnPath == (plain.programs == "\(home.path)/.local/bin"))
        let own = try ToolPlaces(
            home.environment(["XDG_DATA_HOME": "/data", "XDG_BIN_HOME": "/programs", "PATH": "/bin"]))
        #expect(own.programs == "/programs" && own.tools == "/data/krait/tools" && !own.isOnPath)
        #expect(own.slot("x").directory == "/data/krait/tools/x")
    }

    @Test func commandOfALauncher() throws {
        let environment = try TemporaryDirectory().environment()
        #expect(try failure { try ToolLauncher.command([], environment) }.reason == "needs the file of a launcher")
        let none = try failureOfFile(environment)
        #expect(none.reason == "is not a launcher of a tool" && none.code == .usage)
    }

    private func failureOfFile(_ environment: ProcessEnvironment) throws -> Failure {
        try failure { try ToolLauncher.command(["/etc/hostname"], environment) }
    }
}
