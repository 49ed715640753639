// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Foundation
import Manifests
import Testing

/// What PyYAML reads, as text: lines whose comment is a selector that does not admit linux-64 are dropped first.
private let oracle = #"""
    import json, os, re, sys, yaml
    truth = {"linux": 1, "unix": 1, "x86": 1, "x64": 1, "x86_64": 1, "amd64": 1, "linux64": 1, "linux-64": 1}
    other = {"osx", "win", "arm64", "aarch64", "ppc64le", "win64", "osx64", "osx-64", "osx-arm64", "win-64", "x32"}
    def admits(words):
        tokens = re.findall(r"[\w-]+|[()]", words)
        if not all(t in truth or t in other or t in ("and", "or", "not", "(", ")") for t in tokens): return True
        return eval(" ".join(t if t in ("and", "or", "not", "(", ")") else str(t in truth) for t in tokens))
    def select(text):
        lines = []
        for line in text.split("\n"):
            found = re.search(r"\s#\s*\[([^\]]*)\]", line)
            lines.append("" if found and not admits(found[1]) else line)
        return "\n".join(lines)
    def texts(value):
        return [str(item) for item in value or []]
    result = []
    folder = sys.argv[2]
    for name in sorted(os.listdir(folder)):
        text = select(open(os.path.join(folder, name), encoding="utf-8-sig").read())
        plain, resolved = yaml.load(text, Loader=yaml.BaseLoader), yaml.safe_load(text)
        def key(k): return None if not isinstance(resolved, dict) or resolved.get(k) is None else plain[k]
        conda, pip, odd = [], [], []
        dependencies = key("dependencies") or []
        if not isinstance(dependencies, list): odd.append("dependencies"); dependencies = []
        for item, meaning in zip(dependencies, resolved.get("dependencies") or []):
            if isinstance(item, dict):
                for k, v in item.items():
                    if k == "pip": pip += [p.strip() for p in (v if isinstance(v, list) else [])]
                    elif k.startswith("sel("): conda += [v] if admits(k[4:-1]) else []
                    else: odd.append(k)
            elif meaning is not None: conda.append(item)
        result.append({
            "file": name, "name": key("name"), "prefix": key("prefix"), "channels": texts(key("channels")),
            "platforms": texts(key("platforms")), "conda": conda, "pip": pip, "odd": odd,
            "variables": {k: "" if resolved["variables"][k] is None else v for k, v in (key("variables") or {}).items()},
            "keys": list(plain)})
    print(json.dumps(result))
    """#

@Suite struct EnvironmentFileCorpusTests {
    /// What krait refuses though it is YAML, since it would be lost or mean something else: templates and options where
    /// specs belong, `numpy=`, `channel:` for `channels:`, `pip:` among the channels, other installers.
    private static let refusals = [
        "is not a spec", "is not a key of an environment file", "knows no installer", "expected a list of specs",
        "`pip:` belongs under `dependencies:`", "this is not an environment file",
    ]

    @Test(.enabled(if: testData != nil && python != nil, "no data or no .venv"))
    func sameValuesAsPyYAML() throws {
        let folder = try #require(testData).appendingPathComponent("environments/yml")
        let rows = try #require(try runPython(oracle, [folder.path]).array)
        var read = 0
        var refused: [String] = []
        for row in rows {
            let name = try #require(row["file"]?.string)
            let input = try bytes(of: folder.appendingPathComponent(name))
            let file: EnvironmentFile
            do {
                file = try EnvironmentFile(bytes: input, subject: name, platform: .linux64)
            } catch {
                refused.append("\(error.subject): \(error.reason)")
                #expect(hasPlace(error), "\(error)")
                #expect(Self.refusals.contains { error.reason.contains($0) }, "\(error.subject): \(error.reason)")
                continue
            }
            read += 1
            #expect(file.name == row["name"]?.string, "\(name)")
            #expect(file.prefix == row["prefix"]?.string, "\(name)")
            #expect(file.channels == row["channels"]?.strings, "\(name)")
            #expect(file.platforms == row["platforms"]?.strings, "\(name)")
            #expect(file.pip.map(\.text) == row["pip"]?.strings, "\(name)")
            let variables = (row["variables"]?.object ?? []).map {
                EnvironmentFile.Variable(name: $0.key, value: $0.value.string ?? "")
            }
            #expect(file.variables == variables, "\(name)")
            let specs = try (row["conda"]?.strings ?? []).map { try MatchSpec($0) }
            #expect(file.specs == specs, "\(name)")
            #expect(row["odd"]?.strings == [], "\(name)")
        }
        print("environment.yml: \(read) of \(rows.count) equal PyYAML, refused:")
        for line in refused { print("  \(line)") }
        #expect(read > rows.count * 9 / 10)
    }

    @Test func unparsableFilesAreRefusedWithAPlace() throws {
        for file in dataFiles("environments/unparsable") {
            let input = try bytes(of: file)
            let failure = failure {
                _ = try InputFile(bytes: input, subject: file.lastPathComponent, platform: .linux64)
            }
            guard let failure else { continue }
            print("\(failure.subject): \(failure.reason)")
            #expect(hasPlace(failure), "\(failure.subject): \(failure.reason)")
        }
    }
}
