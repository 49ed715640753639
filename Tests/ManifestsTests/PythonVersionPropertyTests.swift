// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Manifests
import Testing

/// `packaging` on pairs of versions, on (specifiers, version) and on markers; null where it refuses.
private let oracle = #"""
    import json, sys
    from packaging.version import Version, InvalidVersion
    from packaging.specifiers import SpecifierSet, InvalidSpecifier
    from packaging.markers import Marker, InvalidMarker, UndefinedComparison
    from packaging.requirements import Requirement, InvalidRequirement
    from packaging.utils import canonicalize_name
    asked = json.load(open(sys.argv[1]))
    def version(text):
        try: return Version(text)
        except InvalidVersion: return None
    def order(pair):
        a, b = map(version, pair)
        return None if a is None or b is None else (a > b) - (a < b)
    def contains(pair):
        try: return SpecifierSet(pair[0]).contains(pair[1], prereleases=True)
        except (InvalidSpecifier, InvalidVersion): return None
    def marker(text):
        try: return Marker(text).evaluate({**asked["environment"], "extra": ""})
        except (InvalidMarker, UndefinedComparison): return None
    def requirement(text):
        try: r = Requirement(text)
        except InvalidRequirement: return None
        return [r.name, canonicalize_name(r.name), ",".join(sorted(r.extras)), r.url, str(r.specifier) != "", r.marker is not None]
    print(json.dumps({
        "normal": [None if version(v) is None else str(version(v)) for v in asked["versions"]],
        "order": [order(p) for p in asked["pairs"]], "contains": [contains(p) for p in asked["contains"]],
        "markers": [marker(m) for m in asked["markers"]], "requirements": [requirement(r) for r in asked["requirements"]]}))
    """#

/// Makes texts of python's small languages, mostly good ones.
private struct PythonTexts {
    var random = SeededGenerator(state: 440)

    mutating func pick(_ texts: [String]) -> String { texts.randomElement(using: &random) ?? "" }

    mutating func version() -> String {
        var text = pick(["", "", "", "", "", "v", "1!", "0!", " "])
        text += (0..<Int.random(in: 1...4, using: &random)).map { _ in pick(["0", "0", "1", "2", "3", "10", "01"]) }
            .joined(separator: ".")
        text += pick(["", "", "", "a1", "b2", "rc1", ".a", "-alpha.2", "_pre3", "c4", "preview", "a", "x1", ".rc_1"])
        text += pick(["", "", "", ".post1", "-2", "post", ".rev3", "-r4", "_post_0", "-"])
        text += pick(["", "", "", ".dev0", "dev1", "-dev2", "_dev", ".devel"])
        text += pick(["", "", "", "", "+abc", "+abc.1", "+1.2", "+ubuntu-1_x", "+", "+A.01"])
        return text + pick(["", "", "", "", "", "", "", " ", "."])
    }

    mutating func clause() -> String {
        let comparison = pick(["==", "!=", "<=", ">=", "<", ">", "~=", "===", "=", "=>"])
        return comparison + pick(["", "", " "]) + version() + pick(["", "", "", ".*"])
    }

    mutating func specifiers() -> String {
        (0..<Int.random(in: 0...3, using: &random)).map { _ in clause() }.joined(
            separator: pick([",", ", ", " ,", ","]))
    }

    mutating func marker(_ depth: Int = 0) -> String {
        if depth < 2, Bool.random(using: &random) {
            let inner = marker(depth + 1) + pick([" and ", " or ", " AND "]) + marker(depth + 1)
            return Bool.random(using: &random) ? "(\(inner))" : inner
        }
        let name = pick([
            "python_version", "python_full_version", "sys_platform", "os_name", "platform_machine", "platform_system",
            "implementation_name", "extra", "platform_python_implementation", "os.name", "nonsense",
        ])
        let comparison = pick(["==", "!=", "<", ">=", " in ", " not in ", " ==", "== "])
        let value = pick([
            "'3.9'", "\"3.12\"", "'3.12.4'", "'linux'", "'win32'", "'posix'", "'x86_64'", "'Linux'", "'CPython'", "''",
            "'3.1.*'", "'2.7, 3.12'",
        ])
        return Int.random(in: 0..<6, using: &random) == 0 ? value + comparison + name : name + comparison + value
    }

    mutating func requirement() -> String {
        var text = pick(["requests", "Flask_Login", "a.b", "zope.interface", "-bad", "x", "ruamel.yaml_", "A--b"])
        text += pick(["", "", "[socks]", "[a, b_c]", "[]", "[a,]", " [x]"])
        text +=
            pick(["", " "])
            + pick([specifiers(), "(\(specifiers()))", "@ https://h/x.whl", " @ git+https://h/x@v1#egg=y"])
        return text + pick(["", "", "; \(marker())", " ; \(marker())"])
    }
}

@Suite struct PythonVersionPropertyTests {
    private static let environment = PythonMarkerEnvironment(pythonVersion: "3.12.4", platform: .linux64)

    @Test(.enabled(if: python != nil, "no .venv"))
    func equalsPackaging() throws {
        var texts = PythonTexts()
        let versions = (0..<6000).map { _ in texts.version() }
        let good = versions.filter { PythonVersion($0) != nil }
        let pairs = (0..<20_000).map { _ in (0..<2).map { _ in good.randomElement(using: &texts.random) ?? "" } }
        let contains = (0..<30_000).map { _ in
            [texts.specifiers(), good.randomElement(using: &texts.random) ?? ""]
        }
        let markers = (0..<5000).map { _ in texts.marker() }
        // `packaging` takes all that follows `===` for its version, commas included.
        let requirements = (0..<5000).map { _ in texts.requirement() }.filter { !$0.contains("===") }
        let answer = try runPython(
            oracle,
            input: [
                "versions": .strings(versions), "pairs": .array(pairs.map { .strings($0) }),
                "contains": .array(contains.map { .strings($0) }), "markers": .strings(markers),
                "requirements": .strings(requirements),
                "environment": .object(Self.environment.values.map { JSONMember($0.key, .string($0.value)) }),
            ])
        for (text, row) in zip(versions, answer["normal"]?.array ?? []) {
            #expect(PythonVersion(text)?.description == row.string, "\(text)")
        }
        for (pair, row) in zip(pairs, answer["order"]?.array ?? []) {
            let left = try #require(PythonVersion(pair[0]))
            let right = try #require(PythonVersion(pair[1]))
            #expect((left < right ? -1 : left == right ? 0 : 1) == row.int, "\(pair)")
            if left == right { #expect(left.hashValue == right.hashValue) }
        }
        var (admitted, invalid) = (0, 0)
        for (pair, row) in zip(contains, answer["contains"]?.array ?? []) {
            let version = try #require(PythonVersion(pair[1]))
            let found = PythonVersionSpecifiers(pair[0])?.contains(version)
            #expect(found == row.bool, "\(pair)")
            if found == true { admitted += 1 }
            if found == nil { invalid += 1 }
        }
        for (text, row) in zip(markers, answer["markers"]?.array ?? []) {
            #expect(PythonMarker(text)?.holds(in: Self.environment) == row.bool, "\(text)")
        }
        for (text, row) in zip(requirements, answer["requirements"]?.array ?? []) {
            let found = PythonRequirement(text)
            #expect((found == nil) == row.isNull, "\(text)")
            guard let found, let row = row.array else { continue }
            #expect(found.name == row[0].string && found.normalizedName == row[1].string, "\(text)")
            #expect(Set(found.extras).sorted().joined(separator: ",") == row[2].string, "\(text)")
            #expect(found.url == row[3].string, "\(text)")
            #expect(found.specifiers.isEmpty != row[4].bool && (found.marker != nil) == row[5].bool, "\(text)")
        }
        print(
            "packaging: \(good.count)/\(versions.count) versions, \(contains.count) specifiers (\(admitted) admit, \(invalid) invalid)"
        )
        #expect(answer["normal"]?.array?.count == versions.count && answer["contains"]?.array?.count == contains.count)
    }
}
