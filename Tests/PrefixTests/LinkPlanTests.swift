// SPDX-License-Identifier: BSD-3-Clause

import Codecs
import Conda
import Failures
import Platform
import Testing

@testable import Prefix

@Suite struct LinkPlanTests {
    @Test func linksEveryKindOfPath() throws {
        let tree = TestTree()
        let mark = PackageFixture.placeholder
        let package = try PackageFixture.make(
            "all", in: tree,
            [
                ("bin/tool", .text("#!\(mark)/bin/python\nprint('\(mark)')\n", placeholder: mark, mode: 0o755)),
                ("lib/liball.so.1", .binary(Array("ELF\(mark)/lib\0end".utf8), placeholder: mark)),
                ("lib/liball.so", .link("liball.so.1")), ("share/plain.txt", .file("plain")),
                ("share/no link.txt", .file("copied", noLink: true)), ("var/empty", .directory),
                ("share/a\"b\\c\n.txt", .file("odd name")), ("share/ü.txt", .file("")),
            ])
        let prefix = "\(tree.path)/env"
        let linked = try LinkPlan.create([package], at: prefix)
        #expect(linked.report.paths == 7)
        #expect(try tree.read("env/bin/tool") == "#!\(prefix)/bin/python\nprint('\(prefix)')\n")
        let library = try readFile("\(prefix)/lib/liball.so.1")
        #expect(library.count == "ELF\(mark)/lib\0end".utf8.count)
        #expect(String(decoding: library, as: UTF8.self).hasPrefix("ELF\(prefix)/lib\0"))
        #expect(try FileSystem.readLink("\(prefix)/lib/liball.so") == "liball.so.1")
        #expect(FileSystem.isDirectory("\(prefix)/var/empty"))
        let plain = try #require(try FileSystem.status("\(prefix)/share/plain.txt"))
        #expect(plain.inode == (try FileSystem.status("\(package.source)/share/plain.txt"))?.inode)
        let copied = try #require(try FileSystem.status("\(prefix)/share/no link.txt"))
        #expect(copied.linkCount == 1)
        let tool = try #require(try FileSystem.status("\(prefix)/bin/tool"))
        #expect(tool.mode & 0o700 == 0o700)
        #expect(!tree.exists(".krait-env"))

        let state = try #require(try PrefixState.read(prefix))
        #expect(state.records.map(\.name) == ["all"])
        let paths = try state.records[0].paths()
        #expect(Set(paths.map(\.path)) == Set(package.manifest.entries.map { package.manifest.path(of: $0) }))
        for path in paths where path.kind == .hardLink {
            #expect(path.digestInPrefix == sha256(of: try readFile("\(prefix)/\(path.path)")), "\(path.path)")
        }
        let tooled = try #require(paths.first { $0.path == "bin/tool" })
        #expect(tooled.placeholder == mark && tooled.fileMode == "text" && tooled.digest != tooled.digestInPrefix)
        #expect(paths.first { $0.path == "share/no link.txt" }?.noLink == true)
    }

    @Test func mapsNoarchPython() throws {
        let tree = TestTree()
        let python = try PackageFixture.make(
            "python", version: "3.13.1", build: "h1_0_cp313t", in: tree,
            [("bin/python3.13t", .file("", mode: 0o755)), ("lib/python3.13t/os.py", .file("os"))])
        let pure = try PackageFixture.make(
            "pure", in: tree, noarch: .python, entryPoints: ["pure = pure.main:App.run"],
            [
                ("site-packages/pure/__init__.py", .file("1")), ("python-scripts/pure-old", .file("#!python\n")),
                ("share/pure.txt", .file("2")),
            ])
        let prefix = "\(tree.path)/env"
        let linked = try LinkPlan.create([python, pure], at: prefix)
        #expect(linked.plan.python?.sitePackages == "lib/python3.13t/site-packages")
        #expect(linked.plan.python?.cacheTag == "cpython-313")
        let files = try tree.files("env").filter { !$0.hasPrefix("conda-meta/") }
        #expect(
            files == [
                "bin/pure", "bin/pure-old", "bin/python3.13t", "lib/python3.13t/os.py",
                "lib/python3.13t/site-packages/pure/__init__.py", "share/pure.txt",
            ])
        let script = try tree.read("env/bin/pure")
        #expect(script.hasPrefix("#!\(prefix)/bin/python3.13t\n"))
        #expect(script.contains("from pure.main import App\n") && script.contains("sys.exit(App.run())"))
        #expect(try FileSystem.status("\(prefix)/bin/pure")?.isExecutable == true)
        #expect(try FileSystem.status("\(prefix)/bin/pure-old")?.isExecutable == true)
        let record = try #require(try PrefixState.read(prefix)?["pure"])
        let point = try #require(try record.paths().first { $0.kind == .entryPoint })
        #expect(point.path == "bin/pure" && point.digest == sha256(of: Array(script.utf8)))
    }

    @Test func refusesNoarchWithoutPython() throws {
        let tree = TestTree()
        let pure = try PackageFixture.make(
            "pure", in: tree, noarch: .python, [("site-packages/pure.py", .file("1"))])
        #expect(throws: Failure.self) { try LinkPlan([pure], target: LinkTarget("\(tree.path)/env")) }
    }

    @Test func refusesLongPrefixBeforeAnything() throws {
        let tree = TestTree()
        let package = try PackageFixture.make(
            "short", in: tree, [("lib/a.so", .binary(Array("/short/place\0".utf8), placeholder: "/short/place"))])
        let failure = #expect(throws: Failure.self) {
            try LinkPlan([package], target: LinkTarget("/much/longer/than/that"))
        }
        #expect(failure?.reason.contains("12") == true)
    }

    @Test func lastInOrderWinsAClobber() throws {
        let tree = TestTree()
        let one = try PackageFixture.make("one", in: tree, [("share/x", .file("1")), ("share/one", .file("1"))])
        let two = try PackageFixture.make("two", in: tree, [("share/x", .file("2"))])
        let three = try PackageFixture.make("three", in: tree, [("share/x/y", .file("3"))])
        let prefix = "\(tree.path)/env"
        let linked = try LinkPlan.create([one, two], at: prefix)
        #expect(linked.report.clobbers == [Clobber(path: "share/x", winner: "two", loser: "one")])
        #expect(try tree.read("env/share/x") == "2")
        #expect(try tree.read("env/__clobbers__/one/share/x") == "1")
        let record = try #require(try PrefixState.read(prefix)?["one"])
        let aside = try #require(try record.paths().first { $0.originalPath != nil })
        #expect(aside.path == "__clobbers__/one/share/x" && aside.originalPath == "share/x")

        // A directory stays a directory.
        let other = try LinkPlan.create([three, one, two], at: "\(tree.path)/other")
        #expect(other.report.clobbers.count == 2)
        #expect(try tree.read("other/share/x/y") == "3")

        var options = LinkOptions()
        options.clobber = .prevent
        #expect(throws: Failure.self) { try LinkPlan([one, two], target: LinkTarget("/env"), options: options) }
    }

    @Test(arguments: [LinkMode.automatic, .hardLink, .reflink, .copy, .softLink])
    func modesGiveTheSameTree(_ mode: LinkMode) throws {
        let tree = TestTree()
        let mark = PackageFixture.placeholder
        let package = try PackageFixture.make(
            "modes", in: tree,
            [
                ("bin/a", .text("x=\(mark)", placeholder: mark)), ("lib/b", .file("b", mode: 0o555)),
                ("lib/c", .link("b")), ("d", .file("top")),
            ])
        var options = LinkOptions()
        options.mode = mode
        let prefix = "\(tree.path)/env"
        _ = try LinkPlan.create([package], at: prefix, options: options)
        #expect(try tree.read("env/bin/a") == "x=\(prefix)")
        #expect(try tree.read("env/lib/b") == "b" && tree.read("env/d") == "top" && tree.read("env/lib/c") == "b")
        #expect(try FileSystem.status("\(prefix)/lib/b")?.mode == 0o555)
        let isLink = try FileSystem.status("\(prefix)/d", followLinks: false)?.kind == .symbolicLink
        #expect(isLink == (mode == .softLink))
        let links = try FileSystem.status("\(prefix)/d")?.linkCount
        #expect(links == (mode == .automatic || mode == .hardLink ? 2 : 1))
    }

    @Test func stagedPackagesAreMoved() throws {
        let tree = TestTree()
        let mark = PackageFixture.placeholder
        let contents: [(String, PackageFixture.Content)] = [
            ("lib/python3.11/site-packages/pkg/a.py", .file("a")),
            ("lib/python3.11/site-packages/pkg/deep/b.py", .text("p='\(mark)'", placeholder: mark)),
            ("bin/tool", .text("#!\(mark)/bin/sh\n", placeholder: mark, mode: 0o755)), ("lib/x", .link("y")),
        ]
        var package = try PackageFixture.make("staged", in: tree, contents)
        let other = try PackageFixture.make("other", in: tree, [("lib/python3.11/site-packages/six.py", .file("6"))])
        package.isStaged = true
        let prefix = "\(tree.path)/env"
        _ = try LinkPlan.create([other, package], at: prefix)
        let files = try tree.files("env").filter { !$0.hasPrefix("conda-meta/") }
        let expected = (contents.map(\.0) + ["lib/python3.11/site-packages/six.py"]).sorted()
        #expect(files == expected)
        #expect(try tree.read("env/lib/python3.11/site-packages/pkg/deep/b.py") == "p='\(prefix)'")
        // A soft link is made anew, all else was moved.
        #expect(try tree.files("cache/staged-1.0-0") == ["lib/x"])
    }

    @Test func excludedPathsAreRecordedAsLeftOut() throws {
        let tree = TestTree()
        let package = try PackageFixture.make(
            "slim", in: tree, [("share/doc/a", .file("a")), ("share/doc/b", .file("b")), ("lib/c", .file("c"))])
        var options = LinkOptions()
        options.exclusion = { path, _ in path.hasPrefix("share/doc/") ? 0 : nil }
        let prefix = "\(tree.path)/env"
        _ = try LinkPlan.create([package], at: prefix, options: options)
        #expect(!tree.exists("env/share"))
        let record = try #require(try PrefixState.read(prefix)?["slim"])
        #expect(try record.head().leftOut == ["share/doc/a", "share/doc/b"])
        #expect(try record.paths().map(\.path) == ["lib/c"])
    }

    @Test func changedCacheIsFound() throws {
        let tree = TestTree()
        let mark = PackageFixture.placeholder
        let package = try PackageFixture.make(
            "bad", in: tree, [("a", .text("\(mark)", placeholder: mark)), ("b", .file("b"))])
        try FileSystem.unlink("\(package.source)/a")
        try writeNewFile("\(package.source)/a", [UInt8](repeating: 65, count: mark.utf8.count))
        #expect(throws: Failure.self) { try LinkPlan.create([package], at: "\(tree.path)/env") }
        #expect(!tree.exists("env") && !tree.exists(".krait-env"))
        try FileSystem.unlink("\(package.source)/a")
        let failure = #expect(throws: Failure.self) { try LinkPlan.create([package], at: "\(tree.path)/env") }
        #expect(failure?.code == .integrity)
    }

    @Test func twoMakersOfOnePrefix() throws {
        let tree = TestTree()
        let first = try FreshPrefix("\(tree.path)/env")
        let second = try FreshPrefix("\(tree.path)/env")
        try second.commit()
        // The first to come has the place.
        #expect(throws: Failure.self) { try first.commit() }
        first.abandon()
        #expect(try !FileSystem.entries(tree.path).contains { $0.name.hasPrefix(".krait-") })
        #expect(try tree.files("env").isEmpty)
    }

    @Test func sourceDateEpochSetsTimes() throws {
        let tree = TestTree()
        let mark = PackageFixture.placeholder
        let package = try PackageFixture.make("times", in: tree, [("lib/a", .text(mark, placeholder: mark))])
        var options = LinkOptions()
        options.sourceDateEpoch = 1_000_000_000
        _ = try LinkPlan.create([package], at: "\(tree.path)/env", options: options)
        for path in ["lib", "lib/a", "conda-meta/times-1.0-0.json"] {
            #expect(try FileSystem.status("\(tree.path)/env/\(path)")?.modified.seconds == 1_000_000_000, "\(path)")
        }
    }
}
