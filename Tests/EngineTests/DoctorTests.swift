// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures
import Foundation
import Manifests
import Platform
import Scenes
import Testing

@testable import Engine

@Suite("What doctor and verify see, and what is made whole again")
struct DoctorTests {
    private static func made() throws -> Scene {
        let scene = try Scene()
        // Copies: what is changed in the environment is not changed in the cache.
        try scene.change(.create, ["app", "heavy"], settings: ["link_mode": "copy"])
        return scene
    }

    /// What is done to a file, and what is said of it.
    static let damages: [(String, String, Diagnosis.Problem)] = [
        ("rm share/lib.txt", "share/lib.txt", .missing),
        ("echo more >> share/lib.txt", "share/lib.txt", .changed),
        ("rm share/lib.txt && mkdir share/lib.txt", "share/lib.txt", .kind),
        ("rm share/app.txt && ln -s nowhere share/app.txt", "share/app.txt", .missing),
        ("chmod a-x bin/app", "bin/app", .mode),
        ("echo more >> bin/app", "bin/app", .changed),
        ("rm include/heavy.h", "include/heavy.h", .missing),
    ]

    @Test(arguments: damages)
    func damage(command: String, path: String, problem: Diagnosis.Problem) throws {
        let scene = try Self.made()
        try scene.sh(command)
        let context = try scene.context()
        let diagnosis = try Doctor(context).diagnose(scene.prefix())
        #expect(diagnosis.damages.map { "\($0.path) \($0.problem)" } == ["\(path) \(problem)"])
        #expect(!diagnosis.isWhole && diagnosis.damagedPackages.count == 1 && diagnosis.poisoned.isEmpty)
        #expect(diagnosis.packageCount == 3)
        let inspection = try EnvironmentInspection(scene.prefix(), .init(), context: context)
        #expect(inspection.failed == [.files] && inspection.exitCode == 11)

        let repair = try Doctor(scene.context(["link_mode": "copy"])).repair(diagnosis)
        #expect(repair.relinked.map(\.name) == diagnosis.damagedPackages && repair.fetched == 0)
        #expect(try Doctor(context).diagnose(scene.prefix()).isWhole)
        #expect(try scene.installed() == ["app-2.0", "heavy-1.0", "lib-2.0"])
    }

    @Test func nothingIsWrong() throws {
        let scene = try Self.made()
        let diagnosis = try Doctor(scene.context()).diagnose(scene.prefix())
        #expect(diagnosis.isWhole && diagnosis.strays.isEmpty && diagnosis.leftovers.isEmpty)
        #expect(try Doctor(scene.context()).repair(diagnosis).relinked.isEmpty)
        #expect(try EnvironmentInspection(scene.prefix(), .init(), context: scene.context()).exitCode == 0)
    }

    @Test func aPoisonedCacheEntryGoes() throws {
        let scene = try Scene()
        try scene.change(.create, ["lib"], settings: ["link_mode": "hardlink"])
        try scene.change(.create, ["lib"], in: "twin", settings: ["link_mode": "hardlink"])
        try scene.sh("echo more >> share/lib.txt")
        let context = try scene.context()
        let diagnosis = try Doctor(context).diagnose(scene.prefix())
        #expect(diagnosis.poisoned.map(\.paths) == [["share/lib.txt"]])
        #expect(diagnosis.poisoned.first?.sharers == [scene.prefix("twin")])
        let repair = try Doctor(context).repair(diagnosis)
        #expect(repair.discarded.count == 1 && repair.fetched == 1)
        #expect(try Doctor(context).diagnose(scene.prefix()).isWhole)
        #expect(!(try Doctor(context).diagnose(scene.prefix("twin")).isWhole), "it is told of, and repaired by itself")
    }

    @Test func filesOfNobody() throws {
        let scene = try Self.made()
        try scene.write("root/envs/env/share/mine.txt", "mine")
        let context = try scene.context()
        let diagnosis = try Doctor(context).diagnose(scene.prefix())
        #expect(diagnosis.isWhole)
        #expect(diagnosis.strays.map { "\($0.path) \($0.origin)" } == ["share/mine.txt unknown"])
        var options = EnvironmentInspection.Options()
        #expect(try EnvironmentInspection(scene.prefix(), options, context: context).exitCode == 0)
        options.isStrict = true
        let strict = try EnvironmentInspection(scene.prefix(), options, context: context)
        #expect(strict.failed == [.unowned] && strict.exitCode == 15)
    }

    @Test func severalThingsAtOnce() throws {
        let scene = try Self.made()
        try scene.write("root/envs/env/share/mine.txt", "mine")
        try scene.sh("rm share/lib.txt")
        var options = EnvironmentInspection.Options()
        options.isStrict = true
        let inspection = try EnvironmentInspection(scene.prefix(), options, context: scene.context())
        #expect(inspection.failed == [.files, .unowned] && inspection.exitCode == 10)
    }

    @Test func unreadableRecords() throws {
        let scene = try Self.made()
        try scene.write("root/envs/env/conda-meta/lib-2.0-0.json", #"{"name": "lib", "vers"#)
        let context = try scene.context()
        let diagnosis = try Doctor(context).diagnose(scene.prefix())
        #expect(diagnosis.unreadableRecords.map(\.distribution) == ["lib-2.0-0"] && !diagnosis.isWhole)
        #expect(try Doctor(context).repair(diagnosis).relinked.map(\.name) == ["lib"])
        #expect(try Doctor(context).diagnose(scene.prefix()).isWhole)
    }

    @Test func leftOutFilesAreNotMissing() throws {
        let scene = try Scene()
        let (_, report) = try scene.change(.create, ["heavy"]) { $0.excludes = ["headers", "*.a"] }
        #expect(report.leftOut.map { "\($0.rule) \($0.files)" } == ["headers 1", "*.a 1"])
        let diagnosis = try Doctor(scene.context()).diagnose(scene.prefix())
        #expect(diagnosis.isWhole && diagnosis.leftOut.map(\.package) == ["heavy"])
        #expect(diagnosis.leftOut.first?.paths.sorted() == ["include/heavy.h", "lib/libheavy.a"])
        #expect(!scene.directory.exists("root/envs/env/include/heavy.h"))
    }

    /// What the channel does to a package, and what is found then.
    @Test(arguments: [(false, ChannelMismatch.Problem.gone), (true, .hash)])
    func againstTheChannel(isReplaced: Bool, problem: ChannelMismatch.Problem) throws {
        let scene = try Self.made()
        var options = EnvironmentInspection.Options()
        options.asksChannels = true
        #expect(try EnvironmentInspection(scene.prefix(), options, context: scene.context()).channels == [])
        try scene.channel.withdraw(TestPackage("lib 2.0"))
        if isReplaced { try scene.channel.publish([TestPackage("lib 2.0", files: ["share/evil.txt": "evil"])]) }
        let inspection = try EnvironmentInspection(scene.prefix(), options, context: scene.context())
        #expect(inspection.failed == [.channels] && inspection.exitCode == 13)
        #expect(
            inspection.channels == [
                ChannelMismatch(distribution: "lib-2.0-0", channel: scene.channel.url, problem: problem)
            ])
    }

    @Test func againstALock() throws {
        let scene = try Self.made()
        let context = try scene.context()
        var options = EnvironmentInspection.Options()
        for (specs, code) in [(["app", "heavy"], Int32(0)), (["app"], 12), (["app=1", "heavy"], 12)] {
            _ = try LockWriter(context).write(scene.plan(.create, specs, in: "other"), to: "lock.txt", isApplied: false)
            let request = ChangeRequest(.install, prefix: scene.prefix())
            options.promise = try EnvironmentContents("lock.txt", request: request, context: context)
            options.found = try EnvironmentContents(scene.prefix(), request: request, context: context)
            #expect(try EnvironmentInspection(scene.prefix(), options, context: context).exitCode == code, "\(specs)")
        }
    }

    @Test func thereHasToBeOne() throws {
        let scene = try Scene([])
        #expect(try failure { try Doctor(scene.context()).diagnose(scene.prefix()) }.cause is NotAnEnvironment)
    }
}

extension Scene {
    /// Does something to the environment's files.
    func sh(_ command: String, in name: String = "env") throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", command]
        process.currentDirectoryURL = URL(fileURLWithPath: prefix(name))
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }
}
