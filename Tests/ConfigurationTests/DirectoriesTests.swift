// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Platform
import Testing

@testable import Configuration

@Suite struct DirectoriesTests {
    @Test func rootPrefix() throws {
        let home = try Home()
        #expect(try home.settings().rootPrefix == home.path + "/.local/share/mamba")
        #expect(try home.settings(["XDG_DATA_HOME": "/data"]).rootPrefix == "/data/mamba")
        try home.makeDirectory("micromamba")
        #expect(try home.settings().rootPrefix == home.path + "/.local/share/mamba")
        try home.makeDirectory("micromamba/envs")
        #expect(try home.settings().rootPrefix == home.path + "/micromamba")
        let variables = ["MAMBA_ROOT_PREFIX": "rel/../r/"]
        #expect(try home.settings(variables).rootPrefix == home.path + "/r")
        #expect(try home.settings(variables, flags: [("root_prefix", "/flag")]).rootPrefix == "/flag")
    }

    @Test func lists() throws {
        let home = try Home([".condarc": "envs_dirs: [/e]\nroot_prefix: /r"])
        let directories = try home.settings().directories
        #expect(directories.environments == ["/e", "/r/envs", home.path + "/.conda/envs"])
        #expect(directories.packages == ["/r/pkgs"])
        #expect(directories.registry == home.path + "/.conda/environments.txt")
        #expect(directories.name(of: "/r") == "base")
        #expect(directories.name(of: "/e/x") == "x")
        #expect(directories.name(of: "/f/x") == "/f/x")
    }

    @Test func targets() throws {
        let home = try Home()
        let base = home.path
        try home.makeDirectory("b/there")
        try home.makeDirectory("a")
        try home.write("file", "")
        let variables = ["CONDA_ENVS_DIRS": "\(base)/file/none:\(base)/a:\(base)/b", "MAMBA_ROOT_PREFIX": base + "/r"]
        let directories = try home.settings(variables).directories
        func find(
            prefix: String? = nil, name: String? = nil, file: String? = nil,
            _ fallbacks: TargetPrefix.Fallbacks = [.file, .active, .root], _ more: [String: String] = [:]
        ) throws -> TargetPrefix? {
            try directories.targetPrefix(
                prefix: prefix, name: name, fileName: file, fallbacks: fallbacks,
                environment: home.environment(variables.merging(more) { $1 }))
        }
        #expect(try find(prefix: "./x/")?.path == base + "/x")
        #expect(try find(prefix: "~/x")?.path == base + "/x")
        #expect(try find(prefix: "new")?.path == base + "/a/new")
        #expect(try find(prefix: "new")?.note != nil)
        #expect(try find(name: "there")?.path == base + "/b/there")
        #expect(try find(name: "new")?.path == base + "/a/new")
        #expect(try find(name: "base")?.path == base + "/r")
        #expect(try find(file: "there")?.reason == .file)
        #expect(try find(file: "there", []) == nil)
        // A file names an environment; it chooses no directory.
        for path in ["/x", "../x", "~/x", "./x"] { #expect(throws: Failure.self) { try find(file: path) } }
        #expect(try find(file: nil, [.active, .root], ["CONDA_PREFIX": "/p"])?.path == "/p")
        #expect(try find(file: nil, [.active], ["CONDA_DEFAULT_ENV": "there"])?.path == base + "/b/there")
        #expect(try find()?.reason == .root)
        for name in ["", "a b", "a/b", "a:b", "a#b", "..", "a\n"] {
            #expect(throws: Failure.self) { try find(name: name) }
            if !name.isEmpty { #expect(throws: Failure.self) { try find(file: name) } }
        }
        #expect(throws: Failure.self) { try find(prefix: "/x", name: "y") }
    }
}
