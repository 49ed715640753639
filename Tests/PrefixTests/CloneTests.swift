// SPDX-License-Identifier: BSD-3-Clause

import Conda
import Failures
import Platform
import Testing

@testable import Prefix

@Suite struct CloneTests {
    private func packages(_ tree: TestTree) throws -> [LinkPackage] {
        let mark = PackageFixture.placeholder
        return [
            try PackageFixture.make(
                "python", version: "3.11.1", in: tree,
                [
                    (
                        "bin/python3.11",
                        .binary(Array("ELF\(mark)/lib\0\(mark):\(mark)/x\0end".utf8), placeholder: mark)
                    ),
                    ("lib/python3.11/os.py", .file("os")), ("lib/link", .link("python3.11/os.py")),
                ]),
            try PackageFixture.make(
                "pure", in: tree, noarch: .python, entryPoints: ["pure = pure:main"], requested: ["pure"],
                [
                    ("site-packages/pure.py", .file("1")), ("site-packages/edited.py", .file("1")),
                    ("site-packages/removed.py", .file("1")), ("share/t", .text("at \(mark)/x", placeholder: mark)),
                    ("var/empty", .directory),
                ]),
        ]
    }

    private func source(_ tree: TestTree, _ packages: [LinkPackage]) throws -> String {
        let prefix = "\(tree.path)/source-env"
        let site = "source-env/lib/python3.11/site-packages"
        _ = try LinkPlan.create(packages, at: prefix)
        try writeFileAtomically("\(tree.path)/\(site)/edited.py", Array("edited in \(prefix)\n".utf8))
        try FileSystem.unlink("\(tree.path)/\(site)/removed.py")
        try tree.write("\(site)/six.py", "home = '\(prefix)/x' # not \(prefix)2\n")
        try tree.write("\(site)/six-1.dist-info/RECORD", "six.py,,\nsix-1.dist-info/RECORD,,\n../../../bin/six,,\n")
        try tree.write("\(site)/six-1.dist-info/direct_url.json", "{\"url\": \"file://\(prefix)/src\"}")
        try tree.write("source-env/bin/six", "#!\(prefix)/bin/python3.11\nprint(1)\n", mode: 0o755)
        try tree.write("source-env/my.data", "I know \(prefix)\n")
        try tree.write("source-env/plain.data", "nothing\n")
        try tree.write("\(site)/__pycache__/six.cpython-311.pyc", "co \(prefix)/x")
        try FileSystem.symbolicLink(target: "\(prefix)/bin/six", path: "\(prefix)/bin/six-link")
        try tree.write("source-env/conda-meta/pinned", "python 3.11.*\n")
        return prefix
    }

    private func clone(
        _ tree: TestTree, _ cached: [LinkPackage], pristine: Bool = false
    ) throws -> (survey: CloneSurvey, report: CloneCopy.Report) {
        let prefix = "\(tree.path)/copy"
        let state = try #require(try PrefixState.read("\(tree.path)/source-env"))
        let fresh = try FreshPrefix(prefix)
        let python = try state.pythonLayout()
        let plan = try LinkPlan(
            cached, target: LinkTarget(root: fresh.buildDirectory, prefix: prefix), python: python)
        let survey = try CloneSurvey.run(state, plan)
        let linked = try plan.execute(at: fresh.root, isFresh: true)
        var copy = CloneCopy(survey, at: fresh.root, prefix: prefix)
        let report = try copy.run(pristine: pristine)
        try linked.writeRecords(into: "conda-meta", at: fresh.root)
        try fresh.commit()
        return (survey, report)
    }

    @Test func clonesWithTheCache() throws {
        let tree = TestTree()
        let packages = try packages(tree)
        let source = try source(tree, packages)
        let (survey, report) = try clone(tree, packages)
        let site = "lib/python3.11/site-packages"
        #expect(survey.uncached.isEmpty)
        #expect(
            survey.differences.map { "\($0.path) \($0.isMissing)" } == [
                "\(site)/edited.py false", "\(site)/removed.py true",
            ])
        #expect(report.stillHolding == ["\(site)/edited.py", "my.data"].filter { $0 == "my.data" })
        #expect(report.leftOutCompiled == 1)
        try checkCopy(tree, source)
        // Never the user's own file.
        #expect(try FileSystem.status("\(tree.path)/copy/plain.data")?.linkCount == 1)
        #expect(try FileSystem.status("\(tree.path)/copy/\(site)/pure.py")?.linkCount == 3)
    }

    @Test func clonesWithoutTheCache() throws {
        let tree = TestTree()
        let packages = try packages(tree)
        let source = try source(tree, packages)
        try FileSystem.removeTree("\(tree.path)/cache")
        let (survey, _) = try clone(tree, [])
        #expect(survey.uncached.map(\.name) == ["pure", "python"])
        try checkCopy(tree, source)
        let binary = String(decoding: try readFile("\(tree.path)/copy/bin/python3.11"), as: UTF8.self)
        #expect(binary.hasPrefix("ELF\(tree.path)/copy/lib\0") && binary.hasSuffix("\0end"))
        #expect(binary.contains("\0\(tree.path)/copy:\(tree.path)/copy/x\0"))
        let result = try Verification.run(#require(try PrefixState.read("\(tree.path)/copy")))
        #expect(
            result.findings.map(\.path).sorted() == [
                "lib/python3.11/site-packages/edited.py", "lib/python3.11/site-packages/removed.py",
            ])
    }

    @Test func pristineGivesFilesAsShipped() throws {
        let tree = TestTree()
        let packages = try packages(tree)
        _ = try source(tree, packages)
        _ = try clone(tree, packages, pristine: true)
        #expect(try tree.read("copy/lib/python3.11/site-packages/edited.py") == "1")
        #expect(try Verification.run(#require(try PrefixState.read("\(tree.path)/copy"))).isWhole)
    }

    /// What is not hard-linked is compared by its record; what is, by the file's number under its own name.
    @Test(arguments: [LinkMode.hardLink, .copy]) func theSurveyTellsChangesOfAllKinds(mode: LinkMode) throws {
        let tree = TestTree()
        let packages = try packages(tree)
        let prefix = "\(tree.path)/source-env"
        var options = LinkOptions()
        options.mode = mode
        _ = try LinkPlan.create(packages, at: prefix, options: options)
        let plan = try LinkPlan(packages, target: LinkTarget("\(tree.path)/copy"))
        let state = try #require(try PrefixState.read(prefix))
        #expect(try CloneSurvey.run(state, plan).differences.isEmpty)
        #expect(try CloneSurvey.run(state, plan).unowned.isEmpty)

        let site = "lib/python3.11/site-packages"
        for name in ["edited.py", "pure.py"] {
            try writeFileAtomically("\(prefix)/\(site)/\(name)", Array("new".utf8))
        }
        try FileSystem.rename(from: "\(prefix)/\(site)/removed.py", to: "\(prefix)/lib/python3.11/os.py")
        try writeFileAtomically("\(prefix)/bin/pure", Array("#!/bin/sh\n".utf8))
        try writeFileAtomically("\(prefix)/share/t", Array("at \(tree.path)/elsewhere/x".utf8))
        try tree.write("source-env/new/below/file", "1")
        let survey = try CloneSurvey.run(state, plan)
        #expect(
            survey.differences.map { "\($0.path) \($0.isMissing)" } == [
                "bin/pure false", "\(site)/edited.py false", "\(site)/pure.py false", "\(site)/removed.py true",
                "share/t false", "lib/python3.11/os.py false",
            ])
        #expect(survey.unowned.map(\.path) == ["new/below/file"])
    }

    /// A package's directory that became a link is not looked through.
    @Test func theSurveyFollowsNoLink() throws {
        let tree = TestTree()
        let packages = try packages(tree)
        let prefix = "\(tree.path)/source-env"
        _ = try LinkPlan.create(packages, at: prefix)
        try tree.write("outside/t", "1")
        try tree.write("outside/more", "2")
        try FileSystem.removeTree("\(prefix)/share")
        try FileSystem.symbolicLink(target: "\(tree.path)/outside", path: "\(prefix)/share")
        let plan = try LinkPlan(packages, target: LinkTarget("\(tree.path)/copy"))
        let survey = try CloneSurvey.run(try #require(try PrefixState.read(prefix)), plan)
        #expect(survey.unowned.map(\.path) == ["share"])
        #expect(survey.differences.map(\.path) == ["share/t"])
    }

    /// A file that the record of a package has and its cache entry has not is no stray.
    @Test func theRecordOwnsWhatThePlanDoesNotHave() throws {
        let tree = TestTree()
        let packages = try packages(tree)
        let prefix = "\(tree.path)/source-env"
        _ = try LinkPlan.create(packages, at: prefix)
        let record = try #require(try PrefixState.read(prefix)?["pure"]).path
        let compiled = "lib/python3.11/site-packages/__pycache__/pure.cpython-311.pyc"
        try tree.write("source-env/\(compiled)", "code")
        try tree.write("source-env/lib/python3.11/site-packages/__pycache__/other.cpython-311.pyc", "code")
        let text = String(decoding: try readFile(record), as: UTF8.self)
        try writeFileAtomically(
            record, Array(text.replacing("\"files\": [", with: "\"files\": [\n    \"\(compiled)\",").utf8))
        let plan = try LinkPlan(packages, target: LinkTarget("\(tree.path)/copy"))
        let survey = try CloneSurvey.run(try #require(try PrefixState.read(prefix)), plan)
        #expect(survey.differences.isEmpty)
        #expect(survey.unowned.map(\.path) == ["lib/python3.11/site-packages/__pycache__/other.cpython-311.pyc"])
    }

    private func checkCopy(_ tree: TestTree, _ source: String) throws {
        let prefix = "\(tree.path)/copy"
        let site = "copy/lib/python3.11/site-packages"
        #expect(try tree.read("\(site)/edited.py") == "edited in \(prefix)\n")
        #expect(!tree.exists("\(site)/removed.py"))
        #expect(try tree.read("\(site)/six.py") == "home = '\(prefix)/x' # not \(source)2\n")
        #expect(try tree.read("\(site)/six-1.dist-info/direct_url.json") == "{\"url\": \"file://\(prefix)/src\"}")
        #expect(try tree.read("copy/bin/six") == "#!\(prefix)/bin/python3.11\nprint(1)\n")
        #expect(try tree.read("copy/bin/pure").hasPrefix("#!\(prefix)/bin/python3.11\n"))
        #expect(try tree.read("copy/share/t") == "at \(prefix)/x")
        #expect(try tree.read("copy/my.data") == "I know \(source)\n")
        #expect(try FileSystem.readLink("\(prefix)/bin/six-link") == "\(prefix)/bin/six")
        #expect(try FileSystem.readLink("\(prefix)/lib/link") == "python3.11/os.py")
        #expect(FileSystem.isDirectory("\(prefix)/var/empty"))
        #expect(try PrefixFiles.pinned(prefix) == ["python 3.11.*"])
        #expect(try PrefixState.read(prefix)?["pure"]?.head().requestedSpecs == ["pure"])
    }
}
