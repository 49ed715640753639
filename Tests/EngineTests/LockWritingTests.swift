// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Manifests
import Platform
import Scenes
import Testing

@testable import Engine

@Suite("Locks that are written")
struct LockWritingTests {
    private static func lock(
        _ specs: [String], platforms: [String] = ["linux-64"], _ scene: Scene
    ) throws -> LockFile {
        var file = LockFile()
        for platform in platforms {
            try LockWriter(scene.context(["subdir": platform])).addSolution(
                of: scene.request(.create, specs), for: "conda-lock.yml", to: &file)
        }
        return file
    }

    /// Files by their names.
    static let formats: [(String, LockFile.Format)] = [
        ("conda-lock.yml", .condaLock), ("x.yaml", .condaLock), ("lock", .condaLock), ("x.json", .condaLock),
        ("spec.txt", .explicit), ("linux-64.lock", .explicit), ("dir.txt/x", .condaLock),
    ]

    @Test(arguments: formats)
    func format(name: String, expected: LockFile.Format) {
        #expect(LockFile.Format(fileName: name) == expected)
    }

    /// Specs of one environment each.
    static let environments: [[String]] = [
        ["lib"], ["app"], ["app=1"], ["plug", "old"], ["twin=1.0=a"], ["native", "alone"], ["python=3.11"], ["heavy"],
    ]

    @Test(arguments: environments)
    func whatIsLockedIsWhatIsMade(specs: [String]) throws {
        let scene = try Scene()
        let wanted = try scene.plan(.create, specs)
        for format in [LockFile.Format.condaLock, .explicit] {
            let name = format == .explicit ? "x.txt" : "conda-lock.yml"
            try scene.write(name, try Self.lock(specs, scene).text(format))
            let plan = try scene.plan(.create) { $0.files = [name] }
            #expect(plan.lines == wanted.lines)
            #expect(
                plan.links.map { "\($0.record.url) \($0.record.sha256?.hex ?? "?")" }.sorted()
                    == wanted.links.map { "\($0.record.url) \($0.record.sha256?.hex ?? "!")" }.sorted())
        }
    }

    @Test func severalPlatforms() throws {
        let scene = try Scene()
        let file = try Self.lock(["native", "lib"], platforms: ["linux-64", "linux-aarch64"], scene)
        try scene.write("conda-lock.yml", try file.text(.condaLock))
        for (platform, version) in [("linux-64", "1.0"), ("linux-aarch64", "1.1")] {
            let plan = try scene.plan(.create, settings: ["subdir": platform]) { $0.files = ["conda-lock.yml"] }
            #expect(plan.lines == ["install lib-2.0", "install native-\(version)"])
            #expect(plan.isForeign == (try scene.context().hostPlatform().name != platform))
        }
        let failure = try failure { try file.text(.explicit) }
        #expect(failure.code == .usage && failure.reason == "holds one platform")
    }

    @Test func theSameOfTheSame() throws {
        let scene = try Scene()
        let first = try Self.lock(["app", "alone"], scene).text(.condaLock)
        #expect(first == (try Self.lock(["app", "alone"], scene).text(.condaLock)))
        #expect(first != (try Self.lock(["app"], scene).text(.condaLock)))
        #expect(first.contains("channels:") && first.contains("content_hash:"))
    }

    @Test func ofAnEnvironmentThatWasMade() throws {
        let scene = try Scene()
        let (plan, _) = try scene.change(.create, ["app"])
        let context = try scene.context()
        for isApplied in [true, false] {
            #expect(try LockWriter(context).write(plan, to: "\(isApplied).yml", isApplied: isApplied).isEmpty)
        }
        #expect(try scene.read("true.yml") == scene.read("false.yml"))
    }

    @Test func outcomeHasWhatStays() throws {
        let scene = try Scene()
        try scene.change(.create, ["app"])
        let plan = try scene.plan(.install, ["alone"])
        #expect(plan.outcome.map(\.name).sorted() == ["alone", "app", "lib"])
        let order = plan.outcome.map(\.name)
        #expect(try #require(order.firstIndex(of: "lib")) < #require(order.firstIndex(of: "app")))
    }

    @Test func pipIsLeftOutWithAWord() throws {
        let scene = try Scene()
        try scene.write("environment.yml", "dependencies: [python, pip, {pip: [einops==0.8]}]\n")
        var file = LockFile()
        let request = scene.request(.create) { $0.files = ["environment.yml"] }
        try LockWriter(scene.context()).addSolution(of: request, for: "conda-lock.yml", to: &file)
        let told = "the lock leaves out what only pip can resolve: einops==0.8; "
        #expect(file.warnings.contains { $0.hasPrefix(told) }, "\(file.warnings)")
    }

    @Test func platformsOfFiles() throws {
        let scene = try Scene()
        try scene.write("one.yml", "platforms: [linux-64, osx-arm64]\ndependencies: [lib]\n")
        try scene.write("two.yml", "platforms: [osx-arm64, win-64]\ndependencies: [lib]\n")
        try scene.write("none.txt", "lib\n")
        let writer = try LockWriter(scene.context())
        #expect(
            try writer.platforms(ofFiles: ["one.yml", "two.yml", "none.txt"]) == ["linux-64", "osx-arm64", "win-64"])
        #expect(try failure { try writer.platforms(ofFiles: ["gone.yml"]) }.reason == "there is no such file")
    }

    /// Files that are written, and where they come to be.
    @Test(arguments: [("out.yml", "out.yml"), ("a/b/out.yml", "a/b/out.yml"), ("~/home.yml", "home.yml")])
    func places(name: String, path: String) throws {
        let scene = try Scene([])
        try scene.context().write("text\n", to: name)
        #expect(try scene.read(path) == "text\n")
        try scene.context().write("other\n", to: name)
        #expect(try scene.read(path) == "other\n")
    }
}
