// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Fuzzing
import Locations
import Testing

/// Mutations of real specs and versions; `scripts/fuzz` runs them for longer.
@Suite struct SpecFuzzTests {
    static let seeds = [
        "numpy", "numpy 1.7", "numpy=1.7", "numpy >=1.8,<2|1.9 py27_0", "conda-forge/linux-64::foo==1.0=py27_0",
        "*/linux-64::foo>=1.0", "foo[version='>=1,<2', build=\"py3*\", subdir=linux-64]", "^py.*$[version=3]",
        "ns:foo ~=1.2.3", "https://user:pw@host/t/tok/chan/linux-64::x=1", "x[when='(__win or __osx) and python>=3.8']",
        "x[extras=[a, b], flags=['cpu', blas:*]]", "https://conda.anaconda.org/c/linux-64/a-1!2.0-b_0.conda#" + md5,
        "./a-1-0.tar.bz2", "x !=1.2.*,^1\\..*$|(2.0|3*)", "x[md5=\(md5),license='MIT*',track_features='a b']",
        "libblas * *mkl", "x 1.0 # comment", "x[url='file:///a b/c-1-0.conda']", "x[build='a\\'b\\\\c']", "x=1.2*=*",
    ]
    static let md5 = "0123456789abcdef0123456789abcdef"

    static let words = [
        "::", "==", "!=", ">=", "<=", "~=", "=", "*", ".*", "|", ",", "(", ")", "[", "]", "'", "\"", "\\", "^", "$",
        " ", "#",
        "/", "version=", "build=", "build_number=", "channel=", "subdir=", "md5=", "sha256=", "url=", "fn=", "license=",
        "when=", "extras=", "flags=", "track_features=", " and ", " or ", ".conda", ".tar.bz2", "https://", "file:///",
        "linux-64",
        "noarch", "1!", "+", "_", "dev", "post", "rc", "é", "{99}", "(a*)*", "//",
    ]

    /// What is accepted prints to a text that is read as an equal spec, whatever was typed.
    @Test func specs() throws {
        var seeds = Self.seeds
        if TestData.isPresent {
            seeds += try TestData.objects("conformance/matchspec_parse.jsonl").compactMap { $0["spec"] as? String }
            seeds += try TestData.table("conformance/versionspec_match.tsv").map { $0[0] }
        }
        let versions = try ["0", "1.2.3", "2.0rc1", "1!3+4.dev", "2024.10.1"].map { try Version($0) }
        let fuzzer = Fuzzer("specs", seeds: Array(Set(seeds)).sorted().map { Array($0.utf8) }, words: Self.words)
        let report = fuzzer.run(rounds: 4000) { (input, _) -> FuzzOutcome in
            let text = String(decoding: input, as: UTF8.self)
            let spec = try? MatchSpec(text)
            if let strict = try? MatchSpec(text, .strict), strict != spec { return .wrong("strict is another spec") }
            if Array(text.utf8).withUnsafeBytes({ try? MatchSpec(dependency: $0) }) != spec {
                return .wrong("another spec as a dependency")
            }
            input.withUnsafeBytes { _ = try? MatchSpec(dependency: $0) }
            _ = try? SpecCondition(text)
            _ = try? BuildNumberSpec(text)
            _ = text.maskingSecrets
            if let spec = try? VersionSpec(text) {
                guard let again = try? VersionSpec(spec.description), again == spec else {
                    return .wrong("as a version spec it prints \(spec)")
                }
                for version in versions where spec.matches(version) != spec.condition.matches(version) {
                    return .wrong("flat and whole form differ about \(version)")
                }
            }
            guard let spec else { return .refused }
            guard let again = try? MatchSpec(spec.description), again == spec, again.hashValue == spec.hashValue,
                again.description == spec.description
            else { return .wrong("prints \(spec)") }
            for version in versions {
                let isMatch = spec.matches(version: version, build: "py312_0", buildNumber: 0)
                if isMatch != again.matches(version: version, build: "py312_0", buildNumber: 0) {
                    return .wrong("matches otherwise when read again")
                }
            }
            return .accepted
        }
        #expect(report.findings.isEmpty)
        #expect(report.accepted > report.executions / 20)
    }

    /// Versions print as they were written, and their order is the one of CEP 33.
    @Test func versions() throws {
        var seeds = ["1.2.3", "1!2.0rc1+abc.1", "0.4.1.dev2", "1.0_post1"]
        if TestData.isPresent {
            seeds += try TestData.lines("conformance/versions_sorted.txt").flatMap {
                $0.split(separator: " ").map(String.init)
            }
            seeds += try TestData.lines("conformance/version_invalid.tsv")
        }
        var earlier = try seeds.prefix(4).map { try Version($0) }
        let words = [
            ".", "-", "_", "+", "!", "dev", "post", "rc", "a", "00", "*", "1.0", "0.0.0.0.0.0.0.0", "é", "/", "..",
        ]
        let report = Fuzzer("versions", seeds: seeds.map { Array($0.utf8) }, words: words).run(rounds: 4000) {
            (input, random) -> FuzzOutcome in
            let text = String(decoding: input, as: UTF8.self)
            let version = try? Version(text)
            let bytes = Array(text.utf8).withUnsafeBytes { try? Version(bytes: $0) }
            if bytes != version { return .wrong("another version from bytes") }
            input.withUnsafeBytes { _ = try? Version(bytes: $0) }
            guard let version else { return .refused }
            guard let again = try? Version(version.description), again == version, again.hashValue == version.hashValue
            else { return .wrong("prints \(version)") }
            let other = earlier.randomElement(using: &random) ?? version
            let order = ReferenceOrder.compare(version, other)
            let isRight =
                (version < other) == (order < 0) && (other < version) == (order > 0)
                && (version == other) == (order == 0)
                && (order != 0 || version.hashValue == other.hashValue)
                && version.startsWith(other) == ReferenceOrder.startsWith(version, other)
            if !isRight { return .wrong("order beside \(other)") }
            if text.utf8.count < 200 {
                if earlier.count < 256 {
                    earlier.append(version)
                } else {
                    earlier[.random(in: 0..<256, using: &random)] = version
                }
            }
            return .accepted
        }
        #expect(report.findings.isEmpty)
        #expect(report.accepted > report.executions / 20)
    }
}
