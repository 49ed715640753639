// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Engine
import Scenes
import Testing

@testable import krait

@Suite("audit, sbom and auth, as typed")
struct AuditVerbTests {
    private func scene() throws -> Scene {
        let metadata = "lib/python3.12/site-packages/foo-1.0.dist-info/METADATA"
        let scene = try Scene([
            TestPackage("python 3.12.0").with { $0.subdir = "linux-64" },
            TestPackage("foo 1.0", ["python"], files: [metadata: "Metadata-Version: 2.1\nName: foo\nVersion: 1.0\n"]),
            TestPackage("foo 1.5", ["python"], files: [:]),
        ])
        try scene.write(
            "osv/a.json",
            #"""
            {"id": "A-1", "summary": "a hole", "database_specific": {"severity": "HIGH"},
             "affected": [{"package": {"ecosystem": "PyPI", "name": "foo"},
              "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.5"}]}]}]}
            """#)
        _ = try scene.change(.create, ["foo=1.0"], settings: ["add_pip_as_python_dependency": "false"])
        return scene
    }

    @Test func findings() throws {
        let scene = try scene()
        let line = "audit -n env --database \(scene.path)/osv"
        let text = scene.run(line)
        #expect(text.code == 1 && text.output.hasPrefix("1 known vulnerability in 1 package:\n"), "\(text)")
        #expect(text.output.contains("foo  1.0  high  A-1  fixed in 1.5  a hole\n"))
        let document = try scene.run("\(line) --json").json
        let finding = try #require(document["findings"]?.array?.first)
        #expect(document["success"] == false && document["checked"]?.int == 1)
        #expect(finding["id"] == "A-1" && finding["severity"] == "high" && finding["fixed"] == ["1.5"])
        let sarif = try scene.run("\(line) --format sarif").json["runs"]?.array?.first
        #expect(sarif?["results"]?.array?.map { $0["ruleId"] } == ["A-1"])
        #expect(sarif?["results"]?.array?.first?["level"] == "error")
        #expect(scene.run("\(line) -o \(scene.path)/report.txt").output.isEmpty)
        #expect(try scene.read("report.txt") == text.output)
    }

    /// From which severity on it fails, and what a rule accepts.
    @Test(arguments: [
        ("", 1), ("--fail-on low", 1), ("--fail-on high", 1), ("--fail-on critical", 0), ("--ignore IGNORE", 0),
    ])
    func codes(options: String, code: Int) throws {
        let scene = try scene()
        try scene.write("ignore.yml", "ignore:\n- {id: A-1, reason: no input, expires: 2999-01-01}\n")
        let outcome = scene.run(
            "audit -n env --database \(scene.path)/osv "
                + options.replacing("IGNORE", with: "\(scene.path)/ignore.yml"))
        #expect(Int(outcome.code) == code, "\(outcome)")
        if options.hasPrefix("--ignore") { #expect(outcome.output.contains("A-1  until 2999-01-01: no input\n")) }
    }

    @Test func proposal() throws {
        let scene = try scene()
        let outcome = scene.run("audit -n env --database \(scene.path)/osv --fix --dry-run")
        #expect(outcome.output.contains("Proposed: krait install -n env"), "\(outcome)")
        #expect(outcome.output.contains("1.0 -> 1.5"))
    }

    @Test(arguments: [
        ("", "needs a database"), ("--database osv --fail-on harmless", "it is low, medium, high or critical"),
        ("--database osv --format xml", "it is text, json or sarif"), ("--database osv --fix", "add --dry-run"),
        ("--database osv --fix --dry-run --format sarif", "cannot be written as SARIF"),
        ("--database osv -f lock.txt", "cannot be combined with an environment"),
        ("--database nowhere", "nowhere"), ("--database osv image", "takes one image"),
    ])
    func refusals(options: String, reason: String) throws {
        let scene = try scene()
        let words = options.replacing("osv", with: "\(scene.path)/osv")
        let outcome = scene.run("audit -n env \(words)")
        #expect(outcome.code == 2 && outcome.words.contains(reason), "\(outcome.code) \(outcome.words)")
    }

    /// The same packages in each format, of the environment as of its lock.
    @Test func bills() throws {
        let scene = try Scene()
        _ = try scene.change(.create, ["app", "alone"])
        let cyclone = try scene.run("sbom -n env").json
        #expect(cyclone["bomFormat"] == "CycloneDX")
        let names = { (document: JSON, key: String) in
            document[key]?.array?.compactMap { $0["name"]?.string }.sorted() ?? []
        }
        #expect(names(cyclone, "components") == ["alone", "app", "lib"])
        let spdx = try scene.run("sbom -n env --format spdx").json
        #expect(Set(names(spdx, "packages")).isSuperset(of: ["alone", "app", "lib"]))
        try scene.write("lock.txt", scene.run("export -n env --explicit").output)
        #expect(names(try scene.run("sbom -f \(scene.path)/lock.txt").json, "components") == ["alone", "app", "lib"])
        let written = try scene.run("sbom -n env -o \(scene.path)/bill.json --json").json
        #expect(written["format"] == "cyclonedx" && scene.directory.exists("bill.json"))
        #expect(scene.run("sbom -n env --format csv").words.contains("it is cyclonedx or spdx"))
    }

    @Test func credentials() throws {
        let scene = try Scene()
        let file = ".mamba/auth/authentication.json"
        #expect(scene.run("auth login h.example --token abc").words == "Stored the credentials of h.example\n")
        #expect(try scene.read(file).contains("abc") && scene.directory.mode(file) == 0o600)
        #expect(scene.run("auth login h.example/team --bearer-stdin", input: "secret\n").code == 0)
        #expect(try scene.read(file).contains("secret"))
        let list = scene.run("auth list")
        #expect(list.output == "h.example\nh.example/team\n" && !list.output.contains("abc"))
        #expect(scene.run("auth logout https://h.example").words == "Forgot h.example\n")
        #expect(try scene.run("auth list --json").json == ["hosts": ["h.example/team"]])
        #expect(scene.run("auth logout --all").words == "Removed all credentials\n")
        #expect(scene.run("auth list").output.isEmpty)
    }

    @Test(arguments: [
        ("login", "needs a host"), ("login a b", "needs a host"), ("login h.example", "needs one of --token"),
        ("login h.example --token a --bearer b", "needs one of --token"), ("login h.example --token=", "is empty"),
        ("login h.example --password p", "goes with --username"),
        ("login h.example --password-stdin --username u", "standard input holds no line"),
        ("login s3://bucket --token a", "is not a host that credentials are kept for"),
        ("logout h.example", "no credentials are kept for it"), ("logout", "needs a host"), ("test", "needs a host"),
    ])
    func wrongCredentials(words: String, reason: String) throws {
        let scene = try Scene()
        let outcome = scene.run("auth \(words)")
        #expect(outcome.code == 2 && outcome.words.contains(reason), "\(outcome.words)")
        #expect(!scene.directory.exists(".mamba/auth/authentication.json"))
    }
}
