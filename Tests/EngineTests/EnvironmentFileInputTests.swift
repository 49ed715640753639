// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures
import Manifests
import Platform
import Scenes
import Testing

@testable import Engine

@Suite("Files of specs and environments as inputs")
struct EnvironmentFileInputTests {
    private static func inputs(_ scene: Scene, _ files: [String], specs: [String] = []) throws -> Inputs {
        let context = try scene.context()
        return try Inputs(
            scene.request(.create, specs) { $0.files = files }, platform: context.targetPlatform(), context: context)
    }

    /// Text of a file, and its specs, channels and what pip gets.
    static let texts: [(String, String, [String], [String], [String])] = [
        ("e.yml", "dependencies: [app, lib<3]\n", ["app", "lib[version='<3']"], [], []),
        ("e.yml", "name: x\nchannels: [a, b]\ndependencies:\n- app\n", ["app"], ["a", "b"], []),
        (
            "e.yaml", "dependencies:\n- python\n- pip\n- pip:\n  - foo==1\n  - bar\n", ["python", "pip"], [],
            ["foo==1", "bar"]
        ),
        ("specs.txt", "app\n# comment\n\nlib =1\n", ["app", "lib=1"], [], []),
        ("e.yml", "channels: [a, a]\ndependencies: []\n", [], ["a"], []),
    ]

    @Test(arguments: texts)
    func read(name: String, text: String, specs: [String], channels: [String], pip: [String]) throws {
        let scene = try Scene([])
        try scene.write(name, text)
        let inputs = try Self.inputs(scene, [name])
        #expect(inputs.specs.map(\.description) == specs)
        #expect(inputs.channels == channels)
        #expect(inputs.pip.flatMap { $0.requirements.map(\.text) } == pip)
        #expect(inputs.locked == nil)
    }

    @Test func severalFilesAndWords() throws {
        let scene = try Scene([])
        try scene.write("one.yml", "name: one\nchannels: [a]\ndependencies: [x]\nvariables: {V: '1', W: '1'}\n")
        try scene.write("two.yml", "name: two\nchannels: [b, a]\ndependencies: [y]\nvariables: {V: '2'}\n")
        let inputs = try Self.inputs(scene, ["one.yml", "two.yml"], specs: ["z"])
        #expect(inputs.specs.map(\.description) == ["x", "y", "z"])
        #expect(inputs.channels == ["a", "b"] && inputs.name == "one")
        #expect(Set(inputs.variables.map { "\($0.name)=\($0.value)" }) == ["V=2", "W=1"])
        #expect(inputs.environmentFiles == ["\(scene.path)/one.yml", "\(scene.path)/two.yml"])
    }

    @Test func variablesGetIntoTheEnvironment() throws {
        let scene = try Scene()
        try scene.write("e.yml", "dependencies: [lib]\nvariables: {GREETING: hello}\n")
        let (plan, _) = try scene.change(.create) { $0.files = ["e.yml"] }
        #expect(plan.variables.map { "\($0.name)=\($0.value)" } == ["GREETING=hello"])
        let variables = try EnvironmentVariables(prefix: scene.prefix(), settings: scene.context().settings)
        #expect(try variables.list().map(\.value) == ["hello"])
    }

    /// Names of files, their text, and what is thrown.
    static let refusals: [(String, String?, Failure.Code, String, String)] = [
        ("gone.yml", nil, .usage, "gone.yml", "there is no such file"),
        ("e.yml", "jobs: {}\n", .parse, "e.yml:1:1", "this is not an environment file"),
        ("e.yml", "dependencies: lib\n", .parse, "e.yml:1:15", "a list"),
        ("e.yml", "dependencies: [lib, 'x >=<1']\n", .parse, "e.yml:1:21", ">=<1"),
        ("e.yml", "dependencies: [\n", .parse, "e.yml", ""),
        ("e.yml", "<<<<<<< a\ndependencies: []\n", .parse, "e.yml:1", "a merge left"),
        ("s.txt", "lib\n>=1\n", .parse, "s.txt:2", ">=1"),
        ("s.txt", "lib =\u{7}\n", .parse, "s.txt", ""),
        ("e.yml", "dependencies: []\ndependencies: [x]\n", .parse, "e.yml:2:1", "is here a second time"),
    ]

    @Test(arguments: refusals)
    func refused(name: String, text: String?, code: Failure.Code, subject: String, reason: String) throws {
        let scene = try Scene([])
        if let text { try scene.write(name, text) }
        let failure = try failure { try Self.inputs(scene, [name]) }
        #expect(failure.code == code, "\(failure)")
        #expect(failure.subject.hasPrefix(subject), "\(failure)")
        #expect("\(failure.subject) \(failure.reason) \(failure.hint ?? "")".contains(reason), "\(failure)")
    }

    /// Files of environments and the names that they suggest; nil for none, a text of a reason where that cannot be one.
    static let names: [(String, String, String?)] = [
        ("e.yml", "name: science\ndependencies: []\n", "science"),
        ("e.yml", "dependencies: []\n", nil),
        ("s.txt", "lib\n", nil),
        ("e.txt", "@EXPLICIT\n", nil),
    ]

    @Test(arguments: names)
    func name(file: String, text: String, expected: String?) throws {
        let scene = try Scene([])
        try scene.write(file, text)
        #expect(try EnvironmentFileName.read(file, environment: scene.environment()) == expected)
        #expect(try EnvironmentFileName.read("~/\(file)", environment: scene.environment()) == expected)
    }

    @Test(arguments: ["a/b", "a b", "a:b", "a#b", "../up"])
    func noName(name: String) throws {
        let scene = try Scene([])
        try scene.write("e.yml", "dependencies: []\nname: '\(name)'\n")
        let failure = try failure { try EnvironmentFileName.read("e.yml", environment: scene.environment()) }
        #expect(failure.code == .parse && failure.subject.hasPrefix("e.yml:2"))
        #expect(failure.reason == "`\(name)` cannot be the name of an environment")
    }

    @Test func nameOfNoFile() throws {
        let scene = try Scene([])
        let environment = scene.environment()
        #expect(try EnvironmentFileName.read("https://h.example/e.yml", environment: environment) == nil)
        #expect(try failure { try EnvironmentFileName.read("e.yml", environment: environment) }.cause is NoInputFile)
    }

    @Test func theNetworkIsForbiddenOffline() throws {
        let scene = try Scene([])
        let failure = try failure {
            try scene.plan(.create, settings: ["offline": "true"]) { $0.files = ["https://u:secret@h.example/e.yml"] }
        }
        #expect(failure.code == .network && failure.reason == "is on the network, and --offline forbids that")
        #expect(!failure.subject.contains("secret"))
    }

    /// What a file of the web may not name, as an addition to its dependencies.
    static let foreign: [(String, Bool)] = [
        ("- lib\n", true), ("- conda-forge::lib\n", true), ("- pip\n- pip: [foo]\n", true),
        ("- pip\n- pip: ['-e ./x']\n", false), ("- pip\n- pip: ['-r list.txt']\n", false),
        ("- pip\n- pip: ['foo @ file:///etc/x']\n", false), ("- pip\n- pip: ['${HOME}/x']\n", false),
        ("- http://h.example/noarch/x-1-0.conda\n", false), ("- pip\n- pip: ['--index-url file:///x']\n", false),
    ]

    @Test(arguments: foreign)
    func filesOfTheWeb(dependencies: String, isFine: Bool) throws {
        let scene = try Scene([])
        try scene.write("e.yml", "dependencies:\n\(dependencies)")
        let known = try Self.inputs(scene, [])
        let inputs = try Self.inputs(scene, ["e.yml"])
        if isFine {
            try inputs.requireRemote(after: known, in: "https://h.example/e.yml")
        } else {
            let failure = try failure { try inputs.requireRemote(after: known, in: "https://h.example/e.yml") }
            #expect(failure.code == .usage && failure.reason.hasSuffix("which a file of the web may not"))
        }
    }
}
