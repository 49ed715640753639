// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures
import Foundation
import Manifests
import Platform
import Scenes
import Testing

@testable import Engine

@Suite("The package cache: what it holds, and what goes")
struct CacheTests {
    private static func filled() throws -> Scene {
        let scene = try Scene()
        try scene.change(.create, ["app"])
        try scene.change(.create, ["alone"], in: "gone")
        try EnvironmentRemoval(prefix: scene.prefix("gone"), context: scene.context()).run()
        return scene
    }

    @Test func entries() throws {
        let scene = try Self.filled()
        let contents = CacheContents(try scene.context())
        let entries = contents.entries().sorted { $0.name < $1.name }
        #expect(entries.map { $0.name.split(separator: "-")[0] } == ["alone", "app", "lib"])
        #expect(entries.map(\.isUsed) == [false, true, true])
        #expect(entries.allSatisfy { $0.files > 0 && $0.bytes > 0 && $0.sha256.count == 64 })
        #expect(contents.directories == ["\(scene.path)/pkgs"])
        let sizes = contents.sizes()
        #expect(sizes.packages >= entries.map(\.bytes).reduce(0, +) && sizes.compiled == 0)
        #expect(sizes.indexes == 0, "an index in a directory of this machine is read where it is")
        #expect(contents.verify().damaged.isEmpty && contents.verify().checked == 3)
    }

    @Test func damage() throws {
        let scene = try Self.filled()
        let contents = CacheContents(try scene.context())
        let entry = try #require(contents.entries().first { $0.name.hasPrefix("lib-") })
        let files = try FileManager.default.subpathsOfDirectory(atPath: entry.directory)
        let path = try #require(files.first { $0.hasSuffix("lib.txt") })
        try Data("changed".utf8).write(to: URL(fileURLWithPath: "\(entry.directory)/\(path)"))
        let (checked, damaged) = contents.verify()
        #expect(checked == 3 && damaged.map(\.name) == [entry.name])
        #expect(damaged[0].problems.map(\.path) == ["share/lib.txt"])
        contents.discard(damaged)
        #expect(!contents.entries().contains { $0.name == entry.name } && contents.verify().damaged.isEmpty)
        // The next environment fetches it again.
        let (plan, report) = try scene.change(.create, ["lib"], in: "third")
        #expect(plan.links.map(\.isCached) == [false] && report.fetched == 1)
    }

    /// What is asked to be removed, and the kinds of what is found.
    static let cleanings: [(@Sendable (inout CacheCleaning) -> Void, [CleanedCaches.Kind: Int])] = [
        ({ _ in }, [:]),
        ({ $0.packages = true }, [.packages: 1]),
        ({ $0.indexes = true }, [:]),
        (
            {
                $0.packages = true; $0.indexes = true
            }, [.packages: 1]
        ),
        ({ $0.refetchable = true }, [.packages: 3]),
        ({ $0.archives = true }, [:]),
        ({ $0.locks = true }, [:]),
        ({ $0.trash = true }, [:]),
        ({ $0.environments = true }, [:]),
    ]

    @Test(arguments: cleanings.indices)
    func clean(_ row: Int) throws {
        let (change, expected) = Self.cleanings[row]
        let scene = try Self.filled()
        let context = try scene.context()
        var cleaning = CacheCleaning()
        change(&cleaning)
        #expect(cleaning.isEmpty == (row == 0))
        var found = CleanedCaches(cleaning, context)
        #expect(Dictionary(grouping: found.items, by: \.kind).mapValues(\.count) == expected)
        #expect(found.bytes == found.items.map(\.bytes).reduce(0, +))
        let wished = found.items.count
        found.remove(context)
        #expect(found.items.count == wished)
        #expect(CleanedCaches(cleaning, context).items.isEmpty, "nothing is left of it")
        // What environments have stays theirs.
        #expect(try Doctor(context).diagnose(scene.prefix()).isWhole)
        #expect(try scene.plan(.create, ["app"], in: "other").lines == ["install app-2.0", "install lib-2.0"])
    }

    @Test func everything() throws {
        let scene = try Self.filled()
        try scene.write("pkgs/other-1-0.conda", "of another tool")
        let context = try scene.context()
        var cleaning = CacheCleaning()
        cleaning.everything = true
        var found = CleanedCaches(cleaning, context)
        #expect(found.items.contains { $0.path.hasSuffix("/pkgs/other-1-0.conda") })
        #expect(Set(found.items.map(\.kind)) == [.directories])
        found.remove(context)
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(scene.path)/pkgs").isEmpty)
    }

    @Test func archivesOfOtherToolsStay() throws {
        let scene = try Self.filled()
        try scene.write("pkgs/other-1-0.conda", "of another tool")
        var cleaning = CacheCleaning()
        cleaning.packages = true
        cleaning.archives = true
        cleaning.locks = true
        var found = CleanedCaches(cleaning, try scene.context())
        #expect(
            found.notes == [
                "krait keeps no archives; those of other tools go with --force-pkgs-dirs",
                "krait has no lock files; those of other tools go with --force-pkgs-dirs",
            ])
        found.remove(try scene.context())
        #expect(scene.directory.exists("pkgs/other-1-0.conda"))
    }

    @Test func withoutACache() throws {
        let scene = try Scene()
        let (plan, report) = try scene.change(.create, ["app"], settings: ["no_cache": "true"])
        #expect(report.fetched == 2 && plan.lines.count == 2)
        #expect(try Doctor(scene.context()).diagnose(scene.prefix()).isWhole)
        #expect(!scene.directory.exists("pkgs/krait-v1"))
        #expect(CacheContents(try scene.context(["no_cache": "true"])).entries().isEmpty)
    }

    @Test func downloadedOnly() throws {
        let scene = try Scene()
        let (_, report) = try scene.change(.create, ["app"], settings: ["download_only": "true"])
        #expect(report.fetched == 2 && !scene.directory.exists("root/envs/env"))
        let (plan, second) = try scene.change(.create, ["app"], settings: ["offline": "true"])
        #expect(plan.links.allSatisfy(\.isCached) && second.fetched == 0)
        #expect(try scene.installed() == ["app-2.0", "lib-2.0"])
    }

    @Test func whatIsNotThereOffline() throws {
        let scene = try Scene()
        _ = try scene.plan(.create, ["lib"])
        let failure = try failure {
            try scene.change(.create, ["lib"], settings: ["offline": "true"]) { $0.channels = ["https://h.invalid/c"] }
        }
        #expect(failure.code == .network, "\(failure)")
    }
}
