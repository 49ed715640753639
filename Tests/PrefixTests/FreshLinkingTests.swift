// SPDX-License-Identifier: BSD-3-Clause

import Conda
import Failures
import Platform
import Testing

@testable import Prefix

@Suite struct FreshLinkingTests {
    private func snapshot(_ tree: TestTree, _ name: String) throws -> [String: String] {
        var snapshot: [String: String] = [:]
        let prefix = "\(tree.path)/\(name)"
        for file in try tree.files(name) where !file.hasPrefix("conda-meta/history") {
            let text = (try? tree.read("\(name)/\(file)")) ?? "?"
            snapshot[file] = text.split(separator: prefix, omittingEmptySubsequences: false).joined(separator: "@")
        }
        return snapshot
    }

    private func stream(_ packages: [LinkPackage], order: [Int], at prefix: String) throws -> LinkedPackages {
        let fresh = try FreshPrefix(prefix)
        let linking = try FreshLinking(fresh, records: packages.map(\.record))
        for index in order { try linking.link(packages[index]) }
        let linked = try linking.finish(order: packages.map(\.record.name))
        try linked.writeRecords(into: "conda-meta", at: fresh.root)
        try fresh.commit()
        return linked
    }

    @Test func orderOfArrivalDoesNotMatter() throws {
        let tree = TestTree()
        let mark = PackageFixture.placeholder
        let packages = [
            try PackageFixture.make(
                "python", version: "3.11.1", in: tree, [("bin/python3.11", .file("py")), ("lib/x", .file("x"))]),
            try PackageFixture.make(
                "one", in: tree,
                [
                    ("share/c", .file("1")), ("share/link", .link("c")),
                    ("share/t", .text("1\(mark)", placeholder: mark)),
                ]),
            try PackageFixture.make(
                "two", in: tree,
                [
                    ("share/c", .file("2")), ("share/link", .file("2")),
                    ("share/t", .text("2\(mark)", placeholder: mark)),
                ]),
            try PackageFixture.make(
                "pure", in: tree, noarch: .python, entryPoints: ["tool = a:b"], [("site-packages/a.py", .file("a"))]),
            try PackageFixture.make("tool", in: tree, [("bin/tool", .file("tool")), ("share/c", .file("3"))]),
        ]
        _ = try LinkPlan.create(packages, at: "\(tree.path)/env")
        let expected = try snapshot(tree, "env")
        var generator = SystemRandomNumberGenerator()
        for round in 0..<12 {
            let order =
                round == 0 ? [0, 1, 2, 3, 4] : round == 1 ? [4, 3, 2, 1, 0] : (0..<5).shuffled(using: &generator)
            try FileSystem.removeTree("\(tree.path)/env")
            let linked = try stream(packages, order: order, at: "\(tree.path)/env")
            #expect(try snapshot(tree, "env") == expected, "order \(order)")
            #expect(linked.report.clobbers.count == 5)
            #expect(try Verification.run(#require(try PrefixState.read("\(tree.path)/env"))).isWhole)
        }
    }

    @Test func fileAndDirectoryOfOneName() throws {
        let tree = TestTree()
        let packages = [
            try PackageFixture.make("one", in: tree, [("lib64", .link("/etc")), ("lib/a", .file("1"))]),
            try PackageFixture.make("two", in: tree, [("lib64/x", .file("2"))]),
        ]
        for order in [[0, 1], [1, 0]] {
            let prefix = "\(tree.path)/env\(order[0])"
            _ = try stream(packages, order: order, at: prefix)
            #expect(try tree.read("env\(order[0])/lib64/x") == "2")
            #expect(try FileSystem.readLink("\(prefix)/__clobbers__/one/lib64") == "/etc")
        }
    }

    @Test func stagedPackagesArriveToo() throws {
        let tree = TestTree()
        let mark = PackageFixture.placeholder
        var packages: [LinkPackage] = []
        for name in ["a", "b", "c"] {
            var package = try PackageFixture.make(
                name, in: tree,
                [
                    ("lib/python3.11/site-packages/\(name)/m.py", .file(name)),
                    ("lib/python3.11/site-packages/\(name)/deep/n.py", .text("\(mark)", placeholder: mark)),
                    ("share/both", .file(name)), ("share/\(name)/link", .link("x")),
                ])
            package.isStaged = true
            packages.append(package)
        }
        _ = try stream(packages, order: [1, 2, 0], at: "\(tree.path)/env")
        #expect(try tree.read("env/share/both") == "c")
        #expect(
            try tree.files("env").filter { $0.hasPrefix("__clobbers__") } == [
                "__clobbers__/a/share/both", "__clobbers__/b/share/both",
            ])
        let state = try #require(try PrefixState.read("\(tree.path)/env"))
        let result = try Verification.run(state)
        #expect(result.isWhole && result.unowned.isEmpty)
    }

    @Test func reservedPathsAreRefused() throws {
        let tree = TestTree()
        for path in [
            "conda-meta/history", "Conda-Meta/History", ".krait-staging", ".krait-staging/x", "conda-meta/x-1-0.json",
            "__clobbers__/x", "conda-meta/.krait-transaction/journal",
        ] {
            let package = try PackageFixture.make("bad", in: tree, [(path, .file(""))])
            let failure = #expect(throws: Failure.self) { try LinkPlan([package], target: LinkTarget("/env")) }
            #expect(failure?.code == .integrity)
        }
        let link = try PackageFixture.make("bad", in: tree, [("conda-meta", .link("/etc"))])
        #expect(throws: Failure.self) { try LinkPlan([link], target: LinkTarget("/env")) }
    }
}
