// SPDX-License-Identifier: BSD-3-Clause

import Conda
import Platform
import Testing

@testable import Prefix

@Suite struct VerificationTests {
    @Test func findsWhatIsWrong() throws {
        let tree = TestTree()
        let prefix = "\(tree.path)/env"
        let mark = PackageFixture.placeholder
        let package = try PackageFixture.make(
            "a", in: tree,
            [
                ("lib/missing", .file("1")), ("lib/longer", .file("1")), ("lib/other", .file("1")),
                ("lib/text", .text("x\(mark)", placeholder: mark)), ("lib/good", .file("1")),
                ("lib/link", .link("good")),
                ("lib/directory", .file("1")), ("lib/dangling", .link("nowhere")), ("lib/m.py", .file("1")),
            ])
        var options = LinkOptions()
        options.mode = .copy
        _ = try LinkPlan.create([package], at: prefix, options: options)
        var state = try #require(try PrefixState.read(prefix))
        #expect(try Verification.run(state).findings == [])

        try FileSystem.unlink("\(prefix)/lib/missing")
        try appendToFile("\(prefix)/lib/longer", [65])
        try writeFileAtomically("\(prefix)/lib/other", [66])
        try appendToFile("\(prefix)/lib/text", [65])
        try FileSystem.unlink("\(prefix)/lib/directory")
        try FileSystem.createDirectory("\(prefix)/lib/directory")
        try tree.write("env/lib/__pycache__/m.cpython-311.pyc", "")
        try tree.write("env/lib/stray", "")
        let site = "env/lib/python3.11/site-packages"
        try tree.write("\(site)/six.py", "")
        try tree.write(
            "\(site)/six-1.16.0.dist-info/RECORD", "six.py,,\n\"six-1.16.0.dist-info/RECORD\",,\n../../../bin/six,,\n")
        try tree.write("env/bin/six", "")

        let result = try Verification.run(state)
        let shown = result.findings.map { "\($0.path) \($0.problem)" }.sorted()
        #expect(
            shown == [
                "lib/directory otherKind", "lib/longer changed", "lib/missing missing", "lib/other changed",
                "lib/text changed",
            ])
        #expect(
            result.unowned.map { "\($0.path) \($0.origin)" } == [
                "bin/six pip(\"six-1.16.0.dist-info\")", "lib/__pycache__/m.cpython-311.pyc compiled",
                "lib/python3.11/site-packages/six-1.16.0.dist-info/RECORD pip(\"six-1.16.0.dist-info\")",
                "lib/python3.11/site-packages/six.py pip(\"six-1.16.0.dist-info\")", "lib/stray unknown",
            ])
        let sizes = try Verification.run(state, depth: .sizes, findsUnowned: false)
        #expect(!sizes.findings.contains { $0.path == "lib/other" } && sizes.unowned.isEmpty)

        try tree.write("env/conda-meta/bad-1-0.json", "{")
        state = try #require(try PrefixState.read(prefix))
        #expect(try Verification.run(state).unreadableRecords.map(\.distribution) == ["bad-1-0"])
    }
}
