// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures
import Manifests
import Platform
import Scenes
import Testing

@testable import Engine

@Suite("Lists of packages and environments")
struct ListingTests {
    /// A pattern, whether it is a whole name, and what is listed.
    static let patterns: [(String?, Bool, [String])] = [
        (nil, false, ["alone-1.0", "app-2.0", "lib-2.0"]),
        ("l", false, ["alone-1.0", "lib-2.0"]),
        ("^l", false, ["lib-2.0"]),
        ("lib", true, ["lib-2.0"]),
        ("li", true, []),
        ("p$", false, ["app-2.0"]),
        ("a.*e", false, ["alone-1.0"]),
        ("none", false, []),
    ]

    @Test(arguments: patterns)
    func pattern(_ pattern: String?, isFullName: Bool, expected: [String]) throws {
        let scene = try Scene()
        try scene.change(.create, ["app", "alone"])
        var options = Listing.Options()
        options.pattern = pattern
        options.isFullName = isFullName
        let listing = try Listing(prefix: scene.prefix(), root: scene.root, options: options)
        #expect(listing.packages.map(\.brief) == expected)
        #expect(Set(listing.inOrder.map(\.name)) == Set(listing.packages.map(\.name)))
    }

    @Test func badPatterns() throws {
        let scene = try Scene()
        try scene.change(.create, ["lib"])
        var options = Listing.Options()
        options.pattern = "("
        #expect(throws: Failure.self) { try Listing(prefix: scene.prefix(), root: nil, options: options) }
    }

    @Test func explicitInTheOrderOfInstallation() throws {
        let scene = try Scene()
        try scene.change(.create, ["plug"])
        let listing = try Listing(prefix: scene.prefix(), root: nil, options: .init())
        #expect(listing.inOrder.map(\.name) == ["lib", "app", "plug"])
        let (text, missing) = listing.explicit(md5: true, sha256: false, platform: "linux-64")
        #expect(missing.isEmpty && text.split(separator: "\n").suffix(3).allSatisfy { $0.hasPrefix("file://") })
        try scene.write("list.txt", text)
        #expect(try scene.plan(.create, in: "again") { $0.files = ["list.txt"] }.lines.count == 3)
    }

    @Test func environmentsOfThisUser() throws {
        let scene = try Scene()
        try scene.change(.create, ["lib"])
        try scene.change(.create, ["alone"], in: "other")
        let outside = "\(scene.path)/elsewhere"
        var request = scene.request(.create, ["lib"])
        request.prefix = outside
        let context = try scene.context(variables: ["CONDA_PREFIX": scene.prefix()])
        _ = try ChangeExecution(Planner(context).plan(request), context).run()
        let list = try EnvironmentList(context).environments
        #expect(list.map(\.name).compactMap { $0 }.filter { $0 != "base" } == ["env", "other"])
        #expect(list.map(\.prefix).contains(outside))
        #expect(list.filter(\.isActive).map(\.prefix) == [scene.prefix()])
        try scene.write("root/envs/env/conda-meta/created_at", "2026-01-01T00:00:00+00:00")
        let details = try #require(list.first { $0.name == "env" }).details
        #expect(details.created == "2026-01-01T00:00:00+00:00")
        #expect(details.modified?.hasSuffix("+00:00") == true)
        #expect(!details.isFrozen && details.isWritable)
    }

    @Test func informationOfTheTarget() throws {
        let scene = try Scene()
        try scene.change(.create, ["lib"])
        let variables = ["CONDA_PREFIX": scene.prefix(), "CONDA_TOKEN": "hush", "CONDA_SHLVL": "2"]
        let context = try scene.context(variables: variables)
        let states: [(String, Information.Target.State)] = [
            (scene.prefix(), .active), (scene.prefix("none"), .absent), (scene.path, .notEnvironment),
        ]
        for (prefix, state) in states { #expect(try Information(context, target: prefix).target?.state == state) }
        let information = try Information(context, target: scene.prefix())
        #expect(information.target?.name == "env" && information.shellLevel == 2)
        #expect(information.platform == "linux-64" && information.rootPrefix == scene.root)
        #expect(information.packageDirectories == ["\(scene.path)/pkgs"])
        #expect(information.variables.first { $0.name == "CONDA_TOKEN" }?.value == "<hidden>")
    }
}
