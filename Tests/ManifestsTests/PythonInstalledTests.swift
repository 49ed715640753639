// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Foundation
import Manifests
import Testing

/// Python's own `importlib.metadata` over the packages of the `.venv`.
private let oracle = #"""
    import importlib.metadata, json
    from packaging.markers import default_environment
    rows = []
    for d in importlib.metadata.distributions():
        rows.append({"folder": str(d._path), "name": d.metadata["Name"], "version": d.version, "requires": d.requires or [],
            "python": d.metadata["Requires-Python"], "extras": d.metadata.get_all("Provides-Extra") or [],
            "files": [[str(f), "" if f.hash is None else f"{f.hash.mode}={f.hash.value}", f.size] for f in d.files or []]})
    print(json.dumps({"rows": rows, "environment": default_environment()}))
    """#

@Suite struct PythonInstalledTests {
    @Test(.enabled(if: python != nil, "no .venv")) func metadataAndRecordsEqualImportlib() throws {
        let answer = try runPython(oracle)
        var installed: [PythonMetadata] = []
        var files = 0
        for row in answer["rows"]?.array ?? [] {
            let folder = URL(fileURLWithPath: try #require(row["folder"]?.string))
            let metadata = try PythonMetadata(
                bytes: try bytes(of: folder.appendingPathComponent("METADATA")), subject: "m")
            #expect(metadata.name == row["name"]?.string && metadata.version == row["version"]?.string)
            #expect(
                metadata.requirements == row["requires"]?.strings && metadata.extras == row["extras"]?.strings,
                "\(metadata.name)")
            #expect(metadata.requiredPython == row["python"]?.string, "\(metadata.name)")
            let records = PythonFileRecord.parse(try bytes(of: folder.appendingPathComponent("RECORD")))
            let wanted = (row["files"]?.array ?? []).map { file in
                PythonFileRecord(
                    path: file.array?[0].string ?? "", hash: file.array?[1].string ?? "", size: file.array?[2].unsigned)
            }
            #expect(records == wanted, "\(metadata.name)")
            files += records.count
            installed.append(metadata)
            for text in metadata.requirements { #expect(PythonRequirement(text) != nil, "\(text)") }
        }
        let values = (answer["environment"]?.object ?? []).map { ($0.key, $0.value.string ?? "") }
        let environment = PythonMarkerEnvironment(values: Dictionary(uniqueKeysWithValues: values))
        let made = PythonMarkerEnvironment(
            pythonVersion: environment.values["python_full_version"] ?? "", platform: .linux64)
        for (key, value) in made.values where !value.isEmpty && key != "platform_machine" {
            #expect(environment.values[key] == value, "\(key)")
        }
        #expect(PythonConflict.all(among: installed, in: environment).isEmpty)
        #expect(installed.count > 10 && files > 100)
    }

    @Test func conflictsAreFound() throws {
        func package(_ name: String, _ version: String, _ requirements: [String]) -> PythonMetadata {
            var metadata = PythonMetadata(name: name, version: version)
            metadata.requirements = requirements
            return metadata
        }
        let installed = [
            package("A", "1", ["b_b>=2", "c", "d; python_version<'3'", "e; extra=='test'", "not a requirement !"]),
            package("B.b", "1.9", ["A (==1)"]),
        ]
        let conflicts = PythonConflict.all(
            among: installed, in: PythonMarkerEnvironment(pythonVersion: "3.12.1", platform: .linux64))
        #expect(
            conflicts.map(\.description) == [
                "A 1 needs b_b>=2, but b_b 1.9 is installed", "A 1 needs c, but c is not installed",
            ])
    }

    @Test func metadataIsReadUpToTheDescription() throws {
        let text =
            "\u{FEFF}Metadata-Version: 2.1\r\nName: x\r\nVERSION: 1.0\r\nSummary: a\r\n  b\r\n\r\nName: y\r\nRequires-Dist: z\r\n"
        let metadata = try PythonMetadata(bytes: Array(text.utf8), subject: "m")
        #expect(metadata.name == "x" && metadata.version == "1.0" && metadata.requirements.isEmpty)
        #expect(
            failure { _ = try PythonMetadata(bytes: Array("Name: x\n".utf8), subject: "m") }?.reason
                == "has no `Version:`")
    }

    @Test func recordsWithCommasAndQuotes() {
        let text = "\"a,b \"\"c\"\".py\",sha256=x,12\r\nd.pyc,,\n\n../../bin/e,sha256=y,0"
        #expect(
            PythonFileRecord.parse(Array(text.utf8)) == [
                PythonFileRecord(path: "a,b \"c\".py", hash: "sha256=x", size: 12), PythonFileRecord(path: "d.pyc"),
                PythonFileRecord(path: "../../bin/e", hash: "sha256=y", size: 0),
            ])
    }

    @Test(arguments: [
        (
            #"{"url": "https://u:secret@h/r.git", "vcs_info": {"vcs": "git", "requested_revision": "main", "commit_id": "abc"}}"#,
            "n @ git+https://h/r.git@abc"
        ),
        (
            #"{"url": "ssh://git@h/r.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}, "subdirectory": "s"}"#,
            "n @ git+ssh://git@h/r.git@abc#subdirectory=s"
        ),
        (#"{"url": "https://h/n.zip", "archive_info": {"hash": "sha256=aa"}}"#, "n @ https://h/n.zip#sha256=aa"),
        (
            #"{"url": "https://h/n.zip", "archive_info": {"hash": "md5=bb", "hashes": {"md5": "bb", "sha256": "aa"}}}"#,
            "n @ https://h/n.zip#sha256=aa"
        ),
        (#"{"url": "https://h/n.zip", "archive_info": {}}"#, "n @ https://h/n.zip"),
        (#"{"url": "file:///home/a%20b", "dir_info": {"editable": true}}"#, "-e /home/a b"),
        (#"{"url": "file:///home/a%20b", "dir_info": {}}"#, "n @ file:///home/a%20b"),
        (
            #"{"url": "https://TOKEN@h/r.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}}"#,
            "n @ git+https://h/r.git@abc"
        ),
        (#"{"url": "https://ghp_x:x-oauth-basic@h/n.whl", "archive_info": {}}"#, "n @ https://h/n.whl"),
    ])
    func originsBecomeRequirements(_ text: String, _ line: String) throws {
        let origin = try PythonOrigin(bytes: Array(text.utf8), subject: "direct_url.json")
        #expect(origin.requirement(name: "n") == line)
        #expect((origin.localPath == "/home/a b") == text.contains("file:"))
        #expect(origin.isEditable == line.hasPrefix("-e"))
        if !origin.isEditable { #expect(PythonRequirement(line) != nil) }
    }

    @Test(arguments: ["{", "{}", #"{"url": 1}"#, #"{"url": "x", "vcs_info": {}}"#])
    func badOriginsAreRefused(_ text: String) {
        #expect(throws: Failure.self) { _ = try PythonOrigin(bytes: Array(text.utf8), subject: "d") }
    }
}
