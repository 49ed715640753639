// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures
import Manifests
import Testing

private func kind(_ text: String, _ name: String) throws(Failure) -> String {
    switch try InputFile(bytes: Array(text.utf8), subject: name, platform: .linux64) {
    case .environment: "environment"
    case .specs: "specs"
    case .explicit: "explicit"
    case .condaLock: "conda-lock"
    case .pixiLock: "pixi.lock"
    }
}

@Suite struct InputFileTests {
    /// Tools and pipes name files as they like.
    @Test(arguments: ["e.yml", "E.YAML", "e", "e.txt", "environment.yml.in", "63"])
    func yamlIsKnownByItsContent(_ name: String) throws {
        #expect(try kind("dependencies:\n  - a\n", name) == "environment")
        #expect(try kind("\u{feff}# a comment\n\n---\nname: x\ndependencies: [a]\n", name) == "environment")
        #expect(try kind("{\"dependencies\": [\"a\"]}", name) == "environment")
        #expect(try kind("\"channels\" : []\r\ndependencies: [a]\r\n", name) == "environment")
        #expect(try kind("metadata: {platforms: [linux-64]}\npackage: []\n", name) == "conda-lock")
        #expect(try kind("version: 6\nenvironments: {}\npackages: []\n", name) == "pixi.lock")
    }

    @Test(arguments: [
        "a\nb=1\n", "conda-forge::a\n", "# name: x\na\n", "a[build=x]\n", "https://h/c::a\n", "c:ns:a\n", "",
    ])
    func specsAreNoYAML(_ text: String) throws {
        #expect(try kind(text, "r.txt") == "specs")
        #expect(try kind(text, "requirements") == "specs")
    }

    @Test(arguments: [
        "a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> x\n", "@EXPLICIT\n<<<<<<< HEAD\nhttps://h/c/noarch/a-1-0.conda\n",
    ])
    func aMergeMarkerNamesItsLine(_ text: String) {
        let failure = failure { _ = try kind(text, "r.txt") }
        #expect(failure?.subject == "r.txt:2" && failure?.reason.hasPrefix("is a marker that a merge left") == true)
    }

    @Test func theHeadingOfMicromambasListIsPassedOver() throws {
        let text =
            "List of packages in environment: \"/opt/e\"\n\nhttps://h/c/noarch/a-1-0.conda#"
            + String(repeating: "0", count: 32)
        guard case .explicit(let file) = try InputFile(bytes: Array(text.utf8), subject: "l", platform: .linux64) else {
            Issue.record("is not read as a list of archives")
            return
        }
        #expect(file.entries.map(\.location) == ["https://h/c/noarch/a-1-0.conda"] && file.entries[0].line == 3)
    }

    @Test func metadataOfALockIsAMapping() {
        let failure = failure { _ = try kind("metadata: some text\npackage: []\n", "conda-lock.yml") }
        #expect(failure?.subject == "conda-lock.yml:1:11" && failure?.reason == "expected a mapping of what was locked")
    }

    @Test(arguments: [
        ("name: x\ndependencies: []\n", "x"), ("name: null\n", nil), ("name: ~\n", nil), ("name:\n", nil),
        ("name: 'null'\n", "null"), ("name: [a]\n", nil), ("metadata: {}\npackage: []\nname: y\n", nil),
        ("@EXPLICIT\nname: z\n", nil), ("a\n", nil),
    ])
    func nameOfAFile(_ text: String, _ name: String?) throws {
        #expect(try InputFile.suggestedName(in: Array(text.utf8), subject: "f")?.name == name)
    }
}
