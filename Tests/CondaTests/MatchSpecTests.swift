// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Locations
import Testing

@Suite struct MatchSpecTests {
    /// The equivalent spellings of CEP 29 and Rules §9.2.
    @Test(arguments: [
        (
            [
                "pkg=1.8", "pkg =1.8", "pkg 1.8.*", "pkg=1.8.*", "pkg ==1.8.*", "pkg[version=1.8.*]",
                "pkg[version=\"1.8.*\"]",
            ], "pkg=1.8"
        ),
        (["pkg 1.8", "pkg==1.8", "pkg ==1.8", "pkg[version=1.8]", "pkg[version=\"==1.8\"]"], "pkg==1.8"),
        (["pkg 1.8.* *", "pkg=1.8.*=*", "pkg =1.8.* *", "pkg ==1.8.* *"], "pkg=1.8[build=*]"),
        (["pkg 1.8 *", "pkg=1.8=*", "pkg==1.8=*", "pkg ==1.8 *"], "pkg==1.8[build=*]"),
        (["pkg=1.8=b", "pkg==1.8=b", "pkg 1.8 b", "pkg ==1.8 b", "pkg[version=1.8,build=b]"], "pkg==1.8=b"),
        (["pkg =1.8 b"], "pkg=1.8[build=b]"),
        (["pkg>=1.8,<2", "pkg >=1.8 , <2", "pkg >= 1.8,< 2"], "pkg[version='>=1.8,<2']"),
        (["pkg >=1.8,<2 py*", "pkg>=1.8,<2=py*"], "pkg[version='>=1.8,<2',build=py*]"),
        (["pkg=1.8|1.9"], "pkg[version='=1.8|1.9']"),
        (["PKG", " pkg  # why", "pkg *", "pkg[version=*]", "::pkg", "ns:pkg", "pkg[name=other]"], "pkg"),
        (["conda-forge::foo[version=1.0.*]"], "conda-forge::foo=1.0"),
        (["pkgs/main/linux-64/::foo"], "pkgs/main/linux-64::foo"),
        (["conda-forge/linux-64::foo>=1.0"], "conda-forge/linux-64::foo[version='>=1.0']"),
        (["*/linux-64::foo>=1.0"], "foo[subdir=linux-64,version='>=1.0']"),
        (["foo 1.0 py27_0", "foo=1.0=py27_0"], "foo==1.0=py27_0"),
        (["foo[when='python >=3.6 and (__win or __osx)']"], "foo[when='python>=3.6 and (__win or __osx)']"),
        (["x264 >=1 !164.3095,<1!165", "x264 >=1!164.3095,<1! 165"], "x264[version='>=1!164.3095,<1!165']"),
        (["nc-time-axis.conda >=1.4"], "nc-time-axis.conda *[version='>=1.4']"),
        (["conda-forge/linux-32::python[subdir=linux-new]"], "conda-forge::python[subdir=linux-new]"),
        (["foo[extras=a]", "foo[extras=['a']]", "foo[extras=[ a ]]"], "foo[extras=['a']]"),
    ])
    func spellings(texts: [String], canonical: String) throws {
        let first = try MatchSpec(texts[0])
        for text in texts {
            let spec = try MatchSpec(text)
            #expect(spec.description == canonical, "\(text)")
            #expect(spec == first, "\(text)")
            let bytes = Array(text.utf8)
            #expect(try bytes.withUnsafeBytes { try MatchSpec(dependency: $0) } == spec, "\(text)")
        }
    }

    @Test(arguments: [
        "", "  ", "# only", "=1.8", "pkg=", "pkg==", "pkg===1", "pkg 1.8,", "pkg[", "pkg[]x", "pkg[version]",
        "pkg[colour=red]",
        "pkg[version=]", "pkg[extras=[A]]", "pkg[flags=[a:b:c]]", "pkg[md5=12]", "a/b", "pk,g", "pkg 1.0; if win",
        "pkg =>2",
        "pkg 4.2<6", "pkg[when='a[when=b]']", "pkg[when='a and']", "pkg(1)", "^(a$", "x::y z::w", "coverage[toml]",
        "p 1 a-b",
        "https://conda.anaconda.org/conda-forge", "pkg[subdir=linux]", "pkg\u{0}",
    ])
    func refused(text: String) {
        let failure = #expect(throws: Failure.self) { try MatchSpec(text) }
        #expect(failure?.reason.isEmpty == false && failure?.code == .parse)
    }

    @Test func strictRefusesMore() throws {
        for text in ["a b c d", "a[build=x,build=y]"] {
            #expect(throws: Failure.self) { try MatchSpec(text, .strict) }
            _ = try MatchSpec(text)
        }
    }

    @Test func archives() throws {
        let url = try MatchSpec(
            "https://ada:pw@conda.anaconda.org/t/tok/conda-forge/linux-64/python-3.11.10-h123456_0.conda#sha256:"
                + String(repeating: "ab", count: 32))
        #expect(url.exactName == "python" && url.version?.exactVersion?.text == "3.11.10")
        #expect(url.channel == .exact("https://conda.anaconda.org/conda-forge") && url.subdir == .exact("linux-64"))
        #expect(url.details.sha256?.count == 64)
        #expect(url.details.url?.credentials?.token == "tok" && url.details.channelCredentials?.password == "pw")
        #expect(!url.description.contains("tok") && !url.description.contains("pw"))
        #expect(try MatchSpec("numpy-1.0-py_0.tar.bz2").details.fileName == .exact("numpy-1.0-py_0.tar.bz2"))
        #expect(try MatchSpec("::python-3.6.6-0").exactName == "python-3.6.6-0")
    }

    @Test func records() throws {
        var record = PackageRecord(
            name: "numpy", version: "1.26.4", build: "py312hABC_0", buildNumber: 3, subdir: "linux-64",
            fileName: "numpy-1.26.4-py312hABC_0.conda",
            url: "https://conda.anaconda.org/conda-forge/linux-64/numpy-1.26.4-py312hABC_0.conda",
            channel: "https://conda.anaconda.org/conda-forge")
        record.license = "BSD-3-Clause"
        record.trackFeatures = ["mkl"]
        record.flags = ["cuda", "blas:mkl"]
        record.md5 = MD5Digest(hex: SpecFuzzTests.md5)
        let matching = [
            "numpy", "NumPy 1.26.*", "conda-forge::numpy", "conda-forge/linux-64::numpy", "num*", "*", "^num.y$",
            "https://conda.anaconda.org/conda-forge/::numpy", "numpy[build_number='>=3']", "numpy[license=bsd*]",
            "numpy[track_features=mkl]", "numpy[flags=[cuda, 'blas:*']]", "numpy * py312*_0",
            "*[md5=\(SpecFuzzTests.md5)]",
            "numpy[fn=numpy-1.26.4-py312hABC_0.conda]", record.url, "numpy[build='^py3.2h.*$']",
        ]
        for text in matching { #expect(try MatchSpec(text).matches(record), "\(text)") }
        let other = [
            "numpy 1.26", "bioconda::numpy", "forge::numpy", "*/noarch::numpy", "numpy[build_number=2]",
            "numpy[license=MIT]",
            "numpy[track_features='mkl x']", "numpy[flags=[cuda, gpu]]", "numpy * PY312*", "nump",
            "numpy[sha256=\(String(repeating: "0", count: 64))]",
        ]
        for text in other { #expect(try !MatchSpec(text).matches(record), "\(text)") }
        let member = Channel(baseURL: "https://repo.anaconda.com/pkgs/main", name: "pkgs/main", collection: "defaults")
        for text in ["defaults::x", "pkgs/main::x", "x", "https://repo.anaconda.com/pkgs/main::x"] {
            #expect(try MatchSpec(text).matches(channel: member))
        }
        #expect(try !MatchSpec("conda-forge::x").matches(channel: member))
    }

    @Test func conditions() throws {
        let condition = try #require(try MatchSpec("x[when='a and (b or c>=2) or d']").details.when)
        func holds(_ names: Set<String>) -> Bool { condition.holds { names.contains($0.exactName ?? "") } }
        #expect(holds(["a", "b"]) && holds(["a", "c"]) && holds(["d"]))
        #expect(!holds(["a"]) && !holds(["b", "c"]))
        #expect(condition.specs.count == 4)
    }
}

extension String {
    fileprivate var replacingSpace: String { String(map { $0 == " " ? "_" : $0 }) }
}
