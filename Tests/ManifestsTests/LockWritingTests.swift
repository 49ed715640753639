// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Foundation
import Manifests
import Testing

/// Reads pairs of lock files with PyYAML and tells how they differ, then reads the second one with py-rattler.
private let oracle = #"""
    import json, sys, yaml
    from rattler import LockFile
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    result = []
    for path, ours in json.load(open(sys.argv[1])):
        a, b = (yaml.load(open(p), Loader=loader) for p in (path, ours))
        for package in a["package"]:
            if package.get("source", 1) is None: del package["source"]
            package["dependencies"] = {k: v or "*" for k, v in package["dependencies"].items()}
        order = lambda p: (p["manager"], p["name"], p["platform"], p["category"])
        odd = []
        if [order(p) for p in b["package"]] != sorted(order(p) for p in a["package"]): odd.append("order")
        for x, y in zip(sorted(a["package"], key=order), b["package"]):
            if x != y: odd.append([x, y])
        for key in ("content_hash", "channels", "platforms", "sources"):
            if a["metadata"][key] != b["metadata"][key]: odd.append([a["metadata"][key], b["metadata"][key]])
        if list(b["package"][0]) != ["name", "version", "manager", "platform", "dependencies", "url", "hash", "category", "optional"]:
            odd.append(list(b["package"][0]))
        if b["version"] != 1 or set(b) != {"version", "metadata", "package"}: odd.append("head")
        try: read = sum(len(e.packages(p)) for _, e in LockFile.from_path(ours).environments() for p in e.platforms())
        except BaseException as error: read = str(error)
        result.append({"path": path, "odd": len(odd), "first": odd[:1], "read": read, "count": len(a["package"])})
    print(json.dumps(result))
    """#

@Suite struct LockWritingTests {
    @Test(.enabled(if: testData != nil && python != nil, "no data or no .venv"))
    func condaLockFilesAreWrittenAsCondaLockDoes() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("krait-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var pairs: [JSON] = []
        for file in dataFiles("locks/conda-lock") + dataFiles("rattler-test-data/conda-lock/v0") {
            guard
                case .condaLock(let lock) = try? InputFile(
                    bytes: try bytes(of: file), subject: file.lastPathComponent, platform: .linux64)
            else { continue }
            let text = try lock.serialized()
            let ours = folder.appendingPathComponent("\(pairs.count)-conda-lock.yml")
            try Data(text.utf8).write(to: ours)
            pairs.append(.strings([file.path, ours.path]))
            // Written twice is the same, and reads back as the same packages.
            guard
                case .condaLock(let again) = try InputFile(
                    bytes: Array(text.utf8), subject: "conda-lock.yml", platform: .linux64)
            else {
                Issue.record("not told to be a lock")
                continue
            }
            #expect(try again.serialized() == text)
            for platform in lock.platforms {
                let (left, right) = (
                    try lock.environment(platform: platform, categories: ["main"], subject: ""),
                    try again.environment(platform: platform, categories: ["main"], subject: "")
                )
                #expect(sorted(left) == sorted(right), "\(file.lastPathComponent) \(platform)")
            }
        }
        for row in try #require(try runPython(oracle, input: .array(pairs)).array) {
            #expect(row["odd"]?.int == 0, "\(row)")
            // py-rattler stumbles over files with a certain constraint, whoever wrote them.
            if let read = row["read"]?.int { #expect(read == row["count"]?.int, "\(row)") } else { print(row) }
        }
        #expect(pairs.count > 5)
    }

    private func sorted(_ environment: LockedEnvironment) -> [String] {
        environment.packages.map {
            "\($0.record.url) \($0.record.depends.sorted()) \($0.record.sha256?.hex ?? "") \($0.record.md5?.hex ?? "")"
        }
        .sorted()
            + environment.requirements.map { "\($0.name) \($0.version) \($0.location) \($0.depends.sorted())" }.sorted()
    }

    @Test func aLockOfOurOwn() throws {
        let url = "https://u:secret@h/t/tk-1/conda-forge/linux-64/numpy-2.0-py_0.conda"
        var record = try PackageRecord(archiveAt: url, subject: "test")
        record.md5 = MD5Digest(hex: String(repeating: "1", count: 32))
        record.depends = ["python >=3.8", "python <4", "libgcc", "_x_mutex 1.0 conda_forge", "y[version='>=1']"]
        var lock = CondaLockFile()
        lock.channels = ["conda-forge"]
        lock.platforms = ["linux-64"]
        lock.contentHashes = [("linux-64", "00ff")]
        lock.sources = ["environment.yml"]
        lock.packages = [("linux-64", LockedPackage(record: record, category: "dev"))]
        var requirement = LockedRequirement(name: "r", version: "1", location: "git+https://tok:en@h/r.git@abc")
        requirement.sha256 = SHA256Digest(hex: String(repeating: "a", count: 64))
        lock.requirements = [("linux-64", requirement)]
        let text = try lock.serialized()
        #expect(!text.contains("secret") && !text.contains("tk-1") && !text.contains("tok"))
        let root = try YAML.parse(Array(text.utf8), subject: "l")
        let package = root["package"]?.sequence?.first
        #expect(
            package?["dependencies"]?.json == [
                "_x_mutex": "1.0 conda_forge", "libgcc": "*", "python": ">=3.8,<4", "y": "[version='>=1']",
            ])
        #expect(package?["hash"]?.json == ["md5": .string(String(repeating: "1", count: 32))])
        #expect(package?["optional"]?.bool == true && package?["category"]?.string == "dev")
        record.md5 = nil
        lock.packages = [("linux-64", LockedPackage(record: record))]
        #expect(
            failure { _ = try lock.serialized() }?.reason
                == "neither md5 nor sha256 is known for it, so it cannot be locked")
    }

    @Test func explicitFilesReadBack() throws {
        var random = SeededGenerator(state: 7)
        func hex(_ count: Int) -> String {
            (0..<count).map { _ in String(Int.random(in: 0..<16, using: &random), radix: 16) }.joined()
        }
        for _ in 0..<300 {
            var file = ExplicitFile()
            file.platform = Bool.random(using: &random) ? "linux-64" : nil
            for index in 0..<Int.random(in: 0..<6, using: &random) {
                let ending = Bool.random(using: &random) ? ".conda" : ".tar.bz2"
                file.entries.append(
                    .init(
                        location: "https://h/c é/linux-64/p\(index)-1.0-h\(hex(4))_0\(ending)",
                        md5: MD5Digest(hex: hex(32)),
                        sha256: SHA256Digest(hex: hex(64))))
            }
            for kind in [ExplicitFile.HashKind.none, .md5, .sha256] {
                let text = file.serialized(hash: kind)
                let read = try ExplicitFile(text: text, subject: "e")
                #expect(read.platform == file.platform && read.entries.map(\.location) == file.entries.map(\.location))
                #expect(read.entries.map(\.md5) == file.entries.map { kind == .md5 ? $0.md5 : nil })
                #expect(read.entries.map(\.sha256) == file.entries.map { kind == .sha256 ? $0.sha256 : nil })
                guard case .explicit = try InputFile(bytes: Array(text.utf8), subject: "any.name", platform: .linux64)
                else {
                    Issue.record("not told to be explicit")
                    continue
                }
            }
        }
    }

    @Test func explicitLinesAreRefusedWithTheirPlace() {
        for (line, place) in [("numpy", "e:2"), ("https://h/a-1-0.conda#12", "e:2"), ("https://h/a-1-0.zip", "e:2")] {
            #expect(failure { _ = try ExplicitFile(text: "@EXPLICIT\n\(line)\n", subject: "e") }?.subject == place)
        }
        #expect(
            ExplicitFile.isExplicit(Array("\u{FEFF}@EXPLICIT".utf8))
                && ExplicitFile.isExplicit(Array("a\n  @EXPLICIT\r\nb".utf8)))
        #expect(!ExplicitFile.isExplicit(Array("x@EXPLICIT\n@explicit\n@EXPLICITLY\n# @EXPLICIT".utf8)))
    }

    @Test func requirementsFormatReadsBack() throws {
        let text = SpecFile.requirements(specs: ["numpy==2.0=py_0", "a"], pip: ["x==1"], platform: .linux64)
        #expect(try SpecFile(text: text, subject: "r").specs == [try MatchSpec("numpy==2.0=py_0"), try MatchSpec("a")])
        #expect(text.contains("#   x==1\n"))
        #expect(failure { _ = try SpecFile(text: "a # b\n\nc>>1\n", subject: "r") }?.subject == "r:3")
    }

    @Test func contentHashDependsOnWhatMatters() throws {
        let specs = [try MatchSpec("a >=1"), try MatchSpec("b")]
        let hash = ContentHash.of(specs: specs, channels: ["x"], platform: .linux64)
        #expect(
            hash
                == ContentHash.of(
                    specs: [specs[1], try MatchSpec("a>=1"), specs[0]], channels: ["x"], platform: .linux64))
        let others = [
            ContentHash.of(specs: [specs[0]], channels: ["x"], platform: .linux64),
            ContentHash.of(specs: specs, channels: ["x", "y"], platform: .linux64),
            ContentHash.of(specs: specs, channels: ["x"], pip: ["p"], platform: .linux64),
            ContentHash.of(specs: specs, channels: ["x"], platform: .osx64),
            ContentHash.of(specs: specs, channels: ["x"], platform: .linux64, virtualPackages: ["__glibc=2.17=0"]),
        ]
        #expect(Set(others + [hash]).count == 6)
        // The documented form, by hand.
        let json =
            #"{"channels":["x"],"pip":[],"platform":"linux-64","specs":["a[version='>=1']","b"],"virtual_packages":[]}"#
        #expect(hash == sha256(of: Array(json.utf8)).hex)
    }
}
