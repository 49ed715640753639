// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures
import Manifests
import Platform
import Scenes
import Testing

@testable import Engine

@Suite("Files that are left out")
struct ExclusionTests {
    /// A rule or glob, a path of the environment, and whether it is left out.
    static let rules: [(String, String, Bool)] = [
        ("headers", "include/a/b.h", true), ("headers", "lib/python3.12/x.h", true), ("headers", "lib/x.hpp", true),
        ("headers", "lib/pkgconfig/x.pc", true), ("headers", "lib/x.so", false), ("headers", "include", false),
        ("static", "lib/x.a", true), ("static", "lib/x.so", false), ("static", "lib/a.txt", false),
        ("docs", "share/man/man1/x.1", true), ("docs", "share/doc/x/y", true), ("docs", "man/x", true),
        ("docs", "share/docs.txt", false), ("docs", "lib/share/doc/x", false),
        ("stubs", "lib/x.pyi", true), ("stubs", "lib/x/__init__.pyi", false), ("stubs", "lib/x.pxd", true),
        ("stubs", "lib/x.py", false),
        ("idle", "lib/python3.12/idlelib/run.py", true), ("idle", "bin/idle3.12", true), ("idle", "bin/python3", false),
        ("tests", "lib/python3.12/test/test_x.py", true), ("tests", "lib/python3.12/ctypes/test/x.py", true),
        ("tests", "lib/python3.12/site-packages/x/tests/y.py", true),
        ("tests", "lib/python3.12/site-packages/x/testing/y.py", false), ("tests", "share/tests/x", false),
        ("*.js", "share/a/b.js", true), ("*.js", "share/a/b.json", false), ("share/doc/*", "share/doc/x", true),
        ("share/doc/*", "other/share/doc/x", false),
        ("share/x", "share/x", true), ("share/x", "share/x/y", true), ("share/x", "share/xy", false),
        ("share/x/", "share/x/y", true), ("tests/", "tests/a", true), ("tests/", "lib/python3.12/test/x", false),
    ]

    @Test(arguments: rules)
    func rule(_ rule: String, path: String, isLeftOut: Bool) throws {
        let files = try #require(try LeftOutFiles([rule]))
        #expect((files.rule(of: path, source: "/nowhere") != nil) == isLeftOut)
    }

    @Test func theFirstRuleCounts() throws {
        let files = try #require(try LeftOutFiles(["*.a", "static", "*.a", "lib/x.a"]))
        #expect(files.none.map(\.rule) == ["*.a", "static", "lib/x.a"])
        #expect(files.rule(of: "lib/x.a", source: "/") == 0)
        var savings = files.none
        files.add("lib/x.a", 5, source: "/", to: &savings)
        files.add("lib/y.a", 2, source: "/", to: &savings)
        files.add("lib/y.so", 9, source: "/", to: &savings)
        #expect(savings.map(\.files) == [2, 0, 0] && savings.map(\.bytes) == [7, 0, 0])
    }

    @Test func nothingIsWished() throws {
        #expect(try LeftOutFiles([]) == nil)
        for name in LeftOutFiles.names + LeftOutFiles.slim { #expect(try LeftOutFiles([name]) != nil) }
    }

    /// What is no rule, and the hint.
    @Test(arguments: [
        ("test", "did you mean `tests`?"), ("header", "did you mean `headers`?"), ("doc", "did you mean `docs`?"),
        ("stub", "did you mean `stubs`?"), ("", "rules are tests"), ("/share", "rules are tests"),
        ("^x", "rules are tests"),
    ])
    func refused(rule: String, hint: String) throws {
        let failure = try failure { try LeftOutFiles([rule]) }
        #expect(failure.code == .usage && failure.subject == "--exclude \(rule)")
        #expect(failure.hint?.hasPrefix(hint) == true, "\(failure.hint ?? "")")
    }

    @Test func whatAnEnvironmentWeighs() throws {
        let scene = try Scene()
        try scene.change(.create, ["heavy", "lib"])
        let sizes = try EnvironmentSizes(scene.prefix(), context: scene.context())
        #expect(sizes.packages.map(\.part.name) == ["heavy", "lib"])
        #expect(sizes.total.files == 6 && sizes.total.bytes == sizes.packages.map(\.part.bytes).reduce(0, +))
        #expect(sizes.directories.map(\.bytes).reduce(0, +) == sizes.total.bytes)
        #expect(sizes.licenses.map(\.name) == ["BSD-3-Clause"] && sizes.licenses[0].files == 2)
        let saved = Dictionary(uniqueKeysWithValues: sizes.savings.map { ($0.rule, $0.files) })
        #expect(saved == ["tests": 0, "headers": 1, "static": 1, "docs": 1, "stubs": 1, "idle": 0])
    }
}
