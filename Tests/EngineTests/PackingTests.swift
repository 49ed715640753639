// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures
import Foundation
import Images
import Manifests
import Platform
import Scenes
import Testing

@testable import Engine

@Suite("Environments packed without being made")
struct PackingTests {
    private static func pack(
        _ scene: Scene, _ specs: [String], _ format: PackRequest.Format, output: String = "out",
        platforms: [String] = [], _ change: (inout PackRequest) -> Void = { _ in }
    ) throws -> PackReport {
        let context = try scene.context()
        let plans = try Packer(context).plans(
            packing: scene.request(.create, specs, in: "packed"), for: platforms, environment: nil)
        var request = PackRequest(prefix: "/env", output: "\(scene.path)/\(output)", format: format)
        request.isBare = true
        change(&request)
        request.applyShape()
        return try Packer(context).pack(plans, as: request)
    }

    private static let archives: [PackRequest.Format] = [.tar, .tarGzip, .tarZstd, .zip]

    @Test(arguments: archives + [.oci, .ociArchive, .dockerArchive])
    func theSameBytesEachTime(format: PackRequest.Format) throws {
        var digests: [String] = []
        for _ in 0..<2 {
            let scene = try Scene()
            // The channel's place is in the records, so it has to be the same.
            let report = try Self.pack(scene, ["alone", "old"], format)
            #expect(report.packageCount == 2 && report.size > 0 && report.platforms == ["linux-64"])
            #expect((report.digest != nil) == format.isImage)
            #expect(format.isImage ? !report.layers.isEmpty : report.layers.isEmpty)
            digests.append("\(report.layers.filter { !$0.packages.isEmpty }.map(\.packages))")
            #expect(scene.directory.exists("out") && !scene.directory.exists("root/envs/packed"))
        }
        #expect(digests[0] == digests[1])
    }

    @Test(arguments: archives)
    func inOnePlaceTheBytesAreTheSame(format: PackRequest.Format) throws {
        let scene = try Scene()
        for name in ["one", "two"] { _ = try Self.pack(scene, ["app"], format, output: name) }
        let (one, two) = (
            FileManager.default.contents(atPath: "\(scene.path)/one"),
            FileManager.default.contents(atPath: "\(scene.path)/two")
        )
        #expect(one != nil && one == two)
    }

    @Test func layersStayWhileTheirPackagesDo() throws {
        let scene = try Scene()
        let first = try Self.pack(scene, ["app=1", "heavy"], .oci, output: "image")
        let second = try Self.pack(scene, ["app=2", "heavy"], .oci, output: "image")
        func layer(_ report: PackReport, _ name: String) -> String? {
            report.layers.first { $0.packages.contains(name) }?.digest
        }
        #expect(layer(first, "heavy") != nil && layer(first, "heavy") == layer(second, "heavy"))
        #expect(layer(first, "app") != layer(second, "app"))
        #expect(second.reusedLayers == 1 && first.digest != second.digest)
    }

    @Test func whatIsLeftOutIsCounted() throws {
        let scene = try Scene()
        let packer = try Packer(scene.context())
        let request = scene.request(.create, ["heavy"], in: "packed") { $0.excludes = ["headers", "stubs", "lib/*.a"] }
        let pack = PackRequest(prefix: "/env", output: "\(scene.path)/out.tar", format: .tar)
        let report = try packer.pack([packer.plan(packing: request, environment: nil)], as: pack)
        #expect(report.leftOut.map { "\($0.rule) \($0.files)" } == ["headers 1", "stubs 1", "lib/*.a 1"])
        #expect(report.leftOut.map(\.bytes) == [11, 9, 7])
    }

    @Test func ofAnEnvironment() throws {
        let scene = try Scene()
        try scene.change(.create, ["app"])
        let context = try scene.context()
        let plan = try Packer(context).plan(packing: scene.request(.create, in: "packed"), environment: scene.prefix())
        #expect(plan.lines == ["install app-2.0", "install lib-2.0"] && plan.updateSpecs == ["app"])
        #expect(plan.links.allSatisfy { $0.specs == ($0.record.name == "app" ? ["app"] : []) })
    }

    @Test func severalPlatforms() throws {
        let scene = try Scene()
        let report = try Self.pack(scene, ["native"], .oci, platforms: ["linux-64", "linux-aarch64"])
        #expect(report.images.map(\.platform) == ["linux-64", "linux-aarch64"])
        #expect(report.warnings.contains { $0.hasPrefix("this is a list of images, one for each platform") })
        let twice = try failure { try Self.pack(scene, ["lib"], .oci, platforms: ["linux-64", "linux-64"]) }
        #expect(twice.reason == "names linux-64 twice")
    }

    /// Formats that hold one platform.
    @Test(arguments: [PackRequest.Format.tar, .zip, .dockerArchive])
    func onePlatform(format: PackRequest.Format) throws {
        let failure = try failure {
            try Self.pack(try Scene(), ["native"], format, platforms: ["linux-64", "linux-aarch64"])
        }
        #expect(failure.reason == "names several platforms, and \(format.rawValue) holds one")
        #expect(failure.hint == "name one, or use --format oci" && !format.holdsSeveral)
    }

    @Test func nothingToPack() throws {
        let scene = try Scene()
        #expect(try failure { try Self.pack(scene, [], .tar) }.reason == "needs a lock, an environment or specs")
        try scene.write("e.yml", "dependencies: [python, pip, {pip: [foo]}]\n")
        let context = try scene.context()
        let plan = try Planner(context).plan(scene.request(.create, in: "packed") { $0.files = ["e.yml"] })
        let pip = try pipFailure(context, plan, scene)
        #expect(pip.subject == "the pip part" && pip.hint?.contains("--no-pip-section") == true)
    }

    private func pipFailure(_ context: Context, _ plan: ChangePlan, _ scene: Scene) throws -> Failure {
        try failure {
            try Packer(context).pack([plan], as: PackRequest(prefix: "/env", output: "\(scene.path)/x", format: .tar))
        }
    }

    @Test func onlyAFileMakesWay() throws {
        let scene = try Scene()
        try scene.write("out/file", "")
        let failure = try failure { try Self.pack(scene, ["lib"], .tar) }
        #expect(failure.reason == "is a directory" && failure.hint == "name a file with -o")
    }

    static let fileNames: [(String, PackRequest.Format?)] = [
        ("x.tar", .tar), ("x.tar.gz", .tarGzip), ("x.tgz", .tarGzip), ("x.tar.zst", .tarZstd), ("x.zip", .zip),
        ("x.squashfs", .squashfs), ("x", nil), ("x.oci", nil), ("tar", nil), ("x.gz", nil),
    ]

    @Test(arguments: fileNames)
    func formatOfAFile(name: String, expected: PackRequest.Format?) {
        #expect(PackRequest.Format(fileName: name) == expected)
    }

    static let additions: [(String, String?, String)] = [
        ("./app:/app", "./app", "/app"), ("a:b:/c", "a:b", "/c"), ("/x:/", "/x", "/"), ("app", nil, ""),
        (":/app", nil, ""),
        ("app:rel", nil, ""), ("app:/a/../b", nil, ""), ("app:", nil, ""),
    ]

    @Test(arguments: additions)
    func addition(text: String, source: String?, destination: String) throws {
        guard let source else {
            let failure = try failure { try PackRequest.Addition(text) }
            #expect(failure.code == .usage && failure.subject == "--add \(text)")
            #expect(failure.hint == "write for example --add ./app:/app")
            return
        }
        let addition = try PackRequest.Addition(text)
        #expect(addition.source == source && addition.destination == destination)
    }
}
