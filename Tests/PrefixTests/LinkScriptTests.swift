// SPDX-License-Identifier: BSD-3-Clause

import Conda
import Failures
import Platform
import Testing

@testable import Prefix

@Suite struct LinkScriptTests {
    @Test func runsWithItsVariables() throws {
        let tree = TestTree()
        let prefix = "\(tree.path)/env"
        let text = """
            echo "$PKG_NAME $PKG_VERSION $PKG_BUILDNUM $ROOT_PREFIX" > "$PREFIX/seen"
            pwd >> "$PREFIX/seen"; echo hello; echo oh >&2; echo "read me" >> "$PREFIX/.messages.txt"
            """
        let package = try PackageFixture.make(
            "p", in: tree,
            [("bin/.p-post-link.sh", .file(text, mode: 0o755)), ("bin/.p-pre-unlink.sh", .file("exit 3\n"))])
        let linked = try LinkPlan.create([package], at: prefix)
        let scripts = LinkScript.names(.postLink, in: linked.plan)
        #expect(scripts.map(\.name) == ["p"] && LinkScript.names(.preLink, in: linked.plan).isEmpty)
        let runner = LinkScripts(prefix: prefix, rootPrefix: "/root", variables: ["PATH": "/usr/bin:/bin"])
        let outcome = try runner.run(scripts[0])
        #expect(outcome.output == "hello\noh\n")
        #expect(try tree.read("env/seen") == "p 1.0 0 /root\n\(prefix)/bin\n")
        #expect(try runner.takeMessages() == "read me\n")
        #expect(!tree.exists("env/.messages.txt"))
        let unlink = LinkScript.preUnlink([package.record], in: prefix)
        let failure = #expect(throws: Failure.self) { try runner.run(unlink[0]) }
        #expect(failure?.reason.contains("3") == true)
    }
}
