// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Manifests
import Platform
import Prefix
import Scenes
import Testing

@testable import Engine

@Suite("Environments written down")
struct ExportTests {
    private static func export(
        _ scene: Scene, _ format: ExportFormat, _ change: (inout EnvironmentExport.Options) -> Void = { _ in }
    ) throws -> String {
        var options = EnvironmentExport.Options()
        change(&options)
        return try EnvironmentExport(prefix: scene.prefix(), options: options, context: scene.context())
            .text(format).text
    }

    private static func made(_ specs: [String] = ["app", "twin=1.0=a"]) throws -> Scene {
        let scene = try Scene()
        try scene.change(.create, specs)
        return scene
    }

    /// Options, and the lines below `dependencies:`.
    static let dependencies: [(@Sendable (inout EnvironmentExport.Options) -> Void, [String])] = [
        ({ _ in }, ["app=2.0=0", "lib=2.0=0", "twin=1.0=a"]),
        ({ $0.noBuilds = true }, ["app=2.0", "lib=2.0", "twin=1.0"]),
        ({ $0.fromHistory = true }, ["app", "twin==1.0=a"]),
        (
            {
                $0.fromHistory = true; $0.withVersions = true
            }, ["app=2.0", "twin=1.0"]
        ),
        (
            {
                $0.fromHistory = true; $0.ignoreChannels = true
            }, ["app", "twin==1.0=a"]
        ),
        ({ $0.ignoreChannels = true }, ["app=2.0=0", "lib=2.0=0", "twin=1.0=a"]),
    ]

    @Test(arguments: dependencies.indices)
    func whatIsNamed(_ row: Int) throws {
        let (change, expected) = Self.dependencies[row]
        let scene = try Self.made()
        let document = try YAML.parse(Array(try Self.export(scene, .yaml, change).utf8), subject: "export")
        #expect(document["dependencies"]?.sequence?.compactMap(\.text) == expected)
        #expect(document["name"]?.text == "env")
        var options = EnvironmentExport.Options()
        change(&options)
        #expect((document["channels"]?.sequence?.isEmpty ?? true) == options.ignoreChannels)
        let json = try EnvironmentExport(prefix: scene.prefix(), options: options, context: scene.context()).json
        #expect(json["dependencies"]?.array?.compactMap(\.string) == expected)
    }

    /// Every form from which the same environment can be made.
    @Test(arguments: ["x.yml", "x.txt", "conda-lock.yml", "requirements.txt"])
    func theSameAgain(file: String) throws {
        let scene = try Self.made(["app=1", "old", "native", "twin=1.0=a"])
        let format = try #require(ExportFormat(fileName: file))
        try scene.write(file, try Self.export(scene, format))
        let (_, _) = try scene.change(.create, in: "second") { $0.files = [file] }
        #expect(try scene.installed("second") == scene.installed())
        // And written down once more, it is the same text.
        let again = try EnvironmentExport(
            prefix: scene.prefix("second"), options: .init(), context: scene.context()
        ).text(format).text
        // Channels are named by URL from a lock, and as they were typed otherwise.
        func plain(_ text: String) -> String {
            text.replacing("envs/second", with: "envs/env").replacing("name: second", with: "name: env")
                .replacing("file://", with: "")
        }
        #expect(plain(again) == plain(try scene.read(file)))
    }

    @Test(arguments: [EnvironmentExport.Hash.none, .md5, .sha256])
    func hashesOfLists(hash: EnvironmentExport.Hash) throws {
        let scene = try Self.made(["lib"])
        let text = try Self.export(scene, .explicit) { $0.hash = hash }
        let record = try Listing(prefix: scene.prefix(), root: nil, options: .init()).packages[0]
        let ending =
            switch hash {
            case .none: ""
            case .md5: "#\(record.md5?.hex ?? "?")"
            case .sha256: "#\(record.sha256?.hex ?? "?")"
            }
        #expect(text.split(separator: "\n").last.map { String($0) } == record.url + ending)
        #expect(text.contains("@EXPLICIT\n"))
    }

    @Test func channelsInTheirOrder() throws {
        let scene = try Self.made()
        func channels(_ change: (inout EnvironmentExport.Options) -> Void) throws -> [String] {
            let text = try Self.export(scene, .json, change)
            return try JSON.parse(Array(text.utf8), subject: "export")["channels"]?.array?.compactMap(\.string) ?? []
        }
        let own = scene.channel.path
        #expect(try channels { _ in } == [own])
        #expect(try channels { $0.channels = ["first"] } == ["first", own])
        #expect(try channels { $0.channels = ["first", own] } == ["first", own])
        #expect(
            try channels {
                $0.channels = ["first"]
                $0.overrideChannels = true
            } == ["first"])
        #expect(try channels { $0.ignoreChannels = true } == [])
    }

    @Test func channelSubdir() throws {
        let text = try Self.export(try Self.made(["lib"]), .yaml) { $0.channelSubdir = true }
        #expect(text.contains("/channel/noarch::lib=2.0=0"), "\(text)")
    }

    @Test func variablesAndSecrets() throws {
        let scene = try Self.made(["lib"])
        let variables = try EnvironmentVariables(prefix: scene.prefix(), settings: scene.context().settings)
        try variables.set([("PLAIN", "1"), ("API_TOKEN", "hush"), ("PLACE", "https://me:hush@h.example/")])
        var options = EnvironmentExport.Options()
        var export = try EnvironmentExport(prefix: scene.prefix(), options: options, context: scene.context())
        #expect(!(try export.text(.yaml).text.contains("hush")))
        #expect(export.json["variables"]?["PLAIN"]?.string == "1")
        let told = "left out API_TOKEN, PLACE, which look like a secret: --with-secrets writes them"
        #expect(export.warnings == [told])
        options.withSecrets = true
        export = try EnvironmentExport(prefix: scene.prefix(), options: options, context: scene.context())
        #expect(export.json["variables"]?["API_TOKEN"]?.string == "hush" && export.warnings.isEmpty)
        options.noVariables = true
        export = try EnvironmentExport(prefix: scene.prefix(), options: options, context: scene.context())
        #expect(export.json["variables"] == nil)
    }

    static let secrets: [(String, String, Bool)] = [
        ("TOKEN", "x", true), ("my_token", "x", true), ("GITHUB_TOKEN", "x", true), ("PASSWORD", "x", true),
        ("DB_PASS", "x", true), ("AWS_SECRET_ACCESS_KEY", "x", true), ("SSH_KEY", "x", true), ("MY_PAT", "x", true),
        ("PATH", "x", false), ("PATTERN", "x", false), ("KEYBOARD", "x", false), ("COMPASS", "x", false),
        ("MONKEY", "x", false), ("URL", "https://h/", false), ("URL", "https://u:p@h/", true),
        ("URL", "https://h/t/abc-def/c", true),
    ]

    @Test(arguments: secrets)
    func secretNames(name: String, value: String, expected: Bool) {
        #expect(SecretNames.isSecret(.init(name: name, value: value)) == expected)
    }

    static let formats: [(String, ExportFormat?)] = [
        ("environment.yml", .yaml), ("x.yaml", .yaml), ("conda-lock.yml", .condaLock),
        ("x.conda-lock.yaml", .condaLock),
        ("x.json", .json), ("requirements.txt", .requirements), ("dev-requirements.txt", .requirements),
        ("spec.txt", .requirements), ("x.txt", .explicit), ("x.lock", .explicit), ("x", nil), ("x.toml", nil),
    ]

    @Test(arguments: formats)
    func formatOfAFile(name: String, expected: ExportFormat?) { #expect(ExportFormat(fileName: name) == expected) }

    static let names: [(String, ExportFormat?)] = [
        ("yaml", .yaml), ("yml", .yaml), ("environment-yaml", .yaml), ("json", .json), ("environment-json", .json),
        ("explicit", .explicit), ("requirements", .requirements), ("reqs", .requirements), ("txt", .requirements),
        ("conda-lock", .condaLock), ("conda-lock-v1", .condaLock), ("toml", nil), ("YAML", nil), ("", nil),
    ]

    @Test(arguments: names)
    func formatByName(name: String, expected: ExportFormat?) throws {
        guard let expected else {
            let failure = try failure { try ExportFormat(name: name) }
            #expect(failure.code == .usage && failure.subject == name)
            #expect(failure.hint == "it is one of yaml, json, explicit, requirements, conda-lock")
            return
        }
        #expect(try ExportFormat(name: name) == expected)
    }

    @Test func thereHasToBeOne() throws {
        let scene = try Scene([])
        #expect(try failure { try Self.export(scene, .yaml) }.cause is NotAnEnvironment)
    }

    @Test func platformsAreMarkedWithoutBuilds() throws {
        let scene = try Scene([
            TestPackage("libc 1.0").with { $0.subdir = "linux-64" },
            TestPackage("user 1.0", ["libc"]).with { $0.subdir = "linux-64" },
        ])
        try scene.change(.create, ["user"])
        let text = try Self.export(scene, .yaml) { $0.noBuilds = true }
        #expect(text.contains("- libc=1.0  # [linux]\n") && text.contains("- user=1.0\n"), "\(text)")
    }
}
