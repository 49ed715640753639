// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures
import Foundation
import Manifests
import Platform
import Scenes
import Testing

@testable import Engine

@Suite("Environments copied and removed")
struct CloneAndRemovalTests {
    private static func made() throws -> Scene {
        let scene = try Scene()
        try scene.change(.create, ["app", "heavy"])
        return scene
    }

    private static func clone(_ scene: Scene, to name: String = "copy") throws -> EnvironmentClone {
        try EnvironmentClone(source: scene.prefix(), prefix: scene.prefix(name), context: scene.context())
    }

    /// Whether packages' files that were changed are taken as shipped, and what is in one then.
    @Test(arguments: [(true, "lib 2.0\n"), (false, "lib 2.0\nmore\n")])
    func changedFiles(isPristine: Bool, text: String) throws {
        let scene = try Self.made()
        try scene.write("root/envs/env/etc/mine.txt", "mine")
        try scene.sh("cp share/lib.txt x && echo more >> x && mv x share/lib.txt")
        let clone = try Self.clone(scene)
        #expect(clone.cachedCount == 3 && clone.copiedCount == 0)
        let report = try clone.run(isPristine: isPristine)
        #expect(report.differing == ["share/lib.txt"])
        #expect(try scene.read("root/envs/copy/share/lib.txt") == text)
        #expect(try scene.read("root/envs/copy/etc/mine.txt") == "mine")
        #expect(try scene.installed("copy") == scene.installed())
        #expect(try Doctor(scene.context()).diagnose(scene.prefix("copy")).isWhole == isPristine)
    }

    @Test func thePathIsTheNewOne() throws {
        let scene = try Self.made()
        _ = try Self.clone(scene).run(isPristine: false)
        #expect(try scene.read("root/envs/copy/bin/app").hasPrefix("#!\(scene.prefix("copy"))/bin/sh\n"))
        #expect(try scene.read("root/envs/env/bin/app").hasPrefix("#!\(scene.prefix())/bin/sh\n"))
        let revisions = try RevisionList(prefix: scene.prefix("copy"), root: nil).revisions
        #expect(revisions.count == 2 && revisions[0].installed.count == 3)
        // What was asked for is remembered.
        #expect(try scene.plan(.remove, ["app"], in: "copy").lines == ["remove app-2.0", "remove lib-2.0"])
    }

    @Test func withoutACache() throws {
        let scene = try Self.made()
        let context = try scene.context(variables: ["CONDA_PKGS_DIRS": "\(scene.path)/empty"])
        let clone = try EnvironmentClone(source: scene.prefix(), prefix: scene.prefix("copy"), context: context)
        #expect(clone.cachedCount == 0 && clone.copiedCount == 3)
        let report = try clone.run(isPristine: true)
        #expect(
            report.warnings.contains {
                $0.hasPrefix("not in any package cache, so copied from the source as they are:")
            })
        #expect(try scene.installed("copy") == scene.installed())
        #expect(try scene.read("root/envs/copy/bin/app").hasPrefix("#!\(scene.prefix("copy"))/bin/sh\n"))
    }

    @Test func leftOutFilesStayOut() throws {
        let scene = try Scene()
        try scene.change(.create, ["heavy"]) { $0.excludes = ["headers"] }
        _ = try Self.clone(scene).run(isPristine: true)
        #expect(!scene.directory.exists("root/envs/copy/include/heavy.h"))
        #expect(scene.directory.exists("root/envs/copy/lib/libheavy.a"))
    }

    /// Places that cannot be the copy's.
    static let refusals: [(String, String, String)] = [
        ("full", "full/x.txt", "already exists"), ("file", "file", "already exists"),
        ("env/sub", "", "is inside the environment that would be copied"),
    ]

    @Test(arguments: refusals)
    func refused(name: String, file: String, reason: String) throws {
        let scene = try Self.made()
        if !file.isEmpty { try scene.write("root/envs/\(file)", "") }
        let failure = try failure { try Self.clone(scene, to: name) }
        #expect(failure.code == .usage && failure.reason == reason && failure.subject == scene.prefix(name))
    }

    @Test func emptyDirectoriesWillDo() throws {
        let scene = try Self.made()
        try FileManager.default.createDirectory(atPath: scene.prefix("copy"), withIntermediateDirectories: true)
        _ = try Self.clone(scene).run(isPristine: false)
        #expect(try scene.installed("copy") == scene.installed())
    }

    @Test func nothingToCopy() throws {
        #expect(try failure { try Self.clone(try Scene([])) }.cause is NotAnEnvironment)
    }

    @Test func removal() throws {
        let scene = try Self.made()
        let removal = try EnvironmentRemoval(prefix: scene.prefix(), context: scene.context())
        #expect(removal.packageCount == 3 && removal.packages.map(\.name).sorted() == ["app", "heavy", "lib"])
        try removal.checkPermission()
        try removal.run()
        #expect(!scene.directory.exists("root/envs/env"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(scene.root)/envs").isEmpty)
        #expect(try !EnvironmentList(scene.context()).environments.contains { $0.prefix == scene.prefix() })
    }

    @Test func whatDoesNotGo() throws {
        let scene = try Self.made()
        var request = scene.request(.create, ["lib"])
        request.prefix = scene.root
        request.place.mayHoldFiles = true
        let context = try scene.context(["always_yes": "true"])
        _ = try ChangeExecution(Planner(context).plan(request), context).run()
        let root = try failure { try EnvironmentRemoval(prefix: scene.root, context: context) }
        #expect(root.reason == "is the root prefix, which holds the other environments")
        try scene.write("root/envs/env/conda-meta/frozen", "")
        let frozen = try refusal(scene)
        #expect(frozen.reason == "the environment is frozen")
        #expect(try scene.installed() == ["app-2.0", "heavy-1.0", "lib-2.0"])
    }

    private func refusal(_ scene: Scene) throws -> Failure {
        try failure { try EnvironmentRemoval(prefix: scene.prefix(), context: scene.context()) }
    }
}
