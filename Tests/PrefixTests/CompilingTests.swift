// SPDX-License-Identifier: BSD-3-Clause

import Conda
import Failures
import Platform
import Testing

@testable import Prefix

/// The host's python, as the text of its version and its path.
private let hostPython: (version: String, path: String)? = {
    let environment = ProcessEnvironment.current().variables
    let program = "import sys; print('%d.%d.%d %s' % (sys.version_info[:3] + (sys.executable,)))"
    guard let output = try? runProgram(["python3", "-c", program], environment: environment), output.status.isSuccess
    else { return nil }
    let words = String(decoding: output.output, as: UTF8.self).split { $0 == " " || $0 == "\n" }.map(String.init)
    return words.count == 2 ? (words[0], words[1]) : nil
}()

@Suite(.enabled(if: hostPython != nil, "no python3 on this host")) struct CompilingTests {
    private func packages(_ tree: TestTree) throws -> [LinkPackage] {
        let host = try #require(hostPython)
        let minor = host.version.split(separator: ".").prefix(2).joined(separator: ".")
        let python = try PackageFixture.make(
            "python", version: host.version, in: tree, [("bin/python\(minor)", .link(host.path))])
        let mark = PackageFixture.placeholder
        let pure = try PackageFixture.make(
            "pure", in: tree, noarch: .python,
            [
                ("site-packages/pure/__init__.py", .file("x = 1\n")), ("site-packages/pure/bad.py", .file("x = (\n")),
                ("site-packages/pure/deep/m.py", .file("def f():\n    pass\n")),
                ("site-packages/pure/where.py", .text("p = '\(mark)'\n", placeholder: mark)),
                ("share/not-compiled.py", .file("x = 1\n")),
            ])
        return [python, pure]
    }

    private func create(_ packages: [LinkPackage], _ prefix: String, _ compiling: Compiling) throws -> Compiling.Report
    {
        let fresh = try FreshPrefix(prefix)
        var options = LinkOptions()
        options.compiles = true
        let plan = try LinkPlan(
            packages, target: LinkTarget(root: fresh.buildDirectory, prefix: prefix), options: options)
        var linked = try plan.execute(at: fresh.root, isFresh: true)
        let report = try compiling.run(&linked, at: fresh.root, rootPath: fresh.buildDirectory)
        try linked.writeRecords(into: "conda-meta", at: fresh.root)
        try fresh.commit()
        return report
    }

    @Test(arguments: [CompilingMode.timestamp, .checkedHash, .uncheckedHash])
    func compilesOnceForAllEnvironments(_ mode: CompilingMode) throws {
        let tree = TestTree()
        let store = CompiledStore(directory: "\(tree.path)/pyc")
        let compiling = Compiling(mode: mode, store: store, environment: ["SOURCE_DATE_EPOCH": "0"])
        let packages = try packages(tree)
        let first = try create(packages, "\(tree.path)/one", compiling)
        #expect(
            first
                == {
                    var report = Compiling.Report(); report.compiled = 3; report.refused = 1; return report
                }())
        let record = try #require(try PrefixState.read("\(tree.path)/one")?["pure"])
        let compiled = try record.paths().filter { $0.kind == .compiled }.map(\.path)
        #expect(compiled.count == 3)
        for path in compiled {
            let bytes = try readFile("\(tree.path)/one/\(path)")
            let flags = bytes[4]
            #expect(flags == [.timestamp: 0, .checkedHash: 3, .uncheckedHash: 1][mode])
            // No trace of the place it was compiled in, but what the source itself has.
            if path.contains("/where.") { continue }
            #expect(bytes.withUnsafeBytes { $0.firstOffset(of: Array(tree.path.utf8)) } == nil)
        }
        // The bad one is tried again, the changed one is never kept.
        let second = try create(packages, "\(tree.path)/two", compiling)
        #expect(second.linked == 2 && second.compiled == 1 && second.refused == 1)

        // Python itself takes what is there: nothing is written again.
        let tag = "cpython-" + (hostPython?.version.split(separator: ".").prefix(2).joined() ?? "")
        let path = try #require(compiled.first { $0.hasSuffix("m.\(tag).pyc") })
        let before = try FileSystem.status("\(tree.path)/two/\(path)")?.inode
        let output = try runProgram(
            [
                hostPython?.path ?? "", "-v", "-c",
                "import sys; sys.path.insert(0, sys.argv[1]); import pure.deep.m as m; print(m.f.__code__.co_filename)",
                "\(tree.path)/two/" + Path.parent(Path.parent(Path.parent(Path.parent(path)))),
            ], environment: ["PATH": "/usr/bin:/bin"], errors: .withOutput)
        let text = String(decoding: output.output, as: UTF8.self)
        #expect(output.status.isSuccess && text.contains("\(tree.path)/two/"))
        #expect(try FileSystem.status("\(tree.path)/two/\(path)")?.inode == before)
        #expect(text.contains("matches") && !text.contains("wrote"))
    }

    @Test func noPythonIsNoFailure() throws {
        let tree = TestTree()
        let pure = try packages(tree)[1]
        let python = try PackageFixture.make("python", version: "3.11.0", in: tree, [("bin/x", .file(""))])
        let report = try create(
            [python, pure], "\(tree.path)/env", Compiling(mode: .timestamp, store: nil, environment: [:]))
        #expect(report.failure != nil && report.compiled == 0)
        #expect(try PrefixState.read("\(tree.path)/env")?["pure"]?.paths().contains { $0.kind == .compiled } == false)
    }
}
