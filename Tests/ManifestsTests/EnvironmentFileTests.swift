// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Foundation
import Manifests
import Testing

private func read(_ text: String, _ platform: Subdir = .linux64) throws(Failure) -> EnvironmentFile {
    try EnvironmentFile(bytes: Array(text.utf8), subject: "e.yml", platform: platform)
}

@Suite struct EnvironmentFileTests {
    @Test func everyKeyIsRead() throws {
        let file = try read(
            """
            name: research
            prefix: /opt/research
            channels: [conda-forge, nodefaults, "https://u:p@host/c"]
            platforms:
              - linux-64
            category: dev
            variables:
              A: 1
              B: yes
              C: "x y"
              D:
              E: 3.10
            dependencies:
              - python=3.10
              - conda-forge::numpy >=1.20,<2
              - scipy=1.*=py310*
              - pip
              - pip:
                  - requests  # the web
                  - -e ./here
            """)
        #expect(file.name == "research" && file.prefix == "/opt/research" && file.platforms == ["linux-64"])
        #expect(file.channels == ["conda-forge", "nodefaults", "https://u:p@host/c"])
        #expect(file.variables.map { "\($0.name)=\($0.value)" } == ["A=1", "B=yes", "C=x y", "D=", "E=3.10"])
        #expect(file.specs.map { "\($0.name.text)" } == ["python", "numpy", "scipy", "pip"])
        #expect(file.specs[1].channel?.text == "conda-forge" && file.specs[2].build?.text == "py310*")
        #expect(file.pip == [.init(text: "requests", line: 19), .init(text: "-e ./here", line: 20)])
        #expect(file.warnings.isEmpty)
    }

    @Test func emptyValuesStandForNothing() throws {
        let file = try read("name:\nchannels:\ndependencies:\n  - \n  - pip:\n")
        #expect(file.name == nil && file.channels.isEmpty && file.specs.isEmpty && file.pip.isEmpty)
        #expect(file.warnings == ["e.yml:4:4: an empty item stands for nothing"])
    }

    @Test(arguments: [
        ("linux", "linux-64", true), ("linux", "osx-64", false), ("unix", "osx-arm64", true), ("unix", "win-64", false),
        ("win", "win-arm64", true), ("not win", "linux-64", true), ("osx and arm64", "osx-arm64", true),
        ("osx and arm64", "osx-64", false), ("linux or osx and arm64", "linux-64", true),
        ("(linux or osx) and arm64", "linux-64", false), ("aarch64", "linux-aarch64", true), ("x86_64", "win-64", true),
        ("x86", "linux-32", true), ("linux64", "linux-64", true), ("not (osx or win)", "linux-ppc64le", true),
        ("ppc64le", "linux-ppc64le", true), ("linux-64", "linux-64", true), ("not not osx", "osx-64", true),
        // As conda-build defines them.
        ("arm64", "linux-aarch64", false), ("arm64", "osx-arm64", true), ("arm64", "win-arm64", true),
        ("aarch64", "osx-arm64", false), ("arm", "linux-armv7l", true), ("arm", "linux-aarch64", false),
        ("arm", "osx-arm64", false), ("x86", "osx-64", true), ("x86_64", "linux-32", false),
        ("unix", "emscripten-wasm32", true), ("unix", "wasi-wasm32", false), ("unix", "freebsd-64", false),
        ("wasm32", "emscripten-wasm32", true), ("win-arm64", "win-arm64", true), ("z", "zos-z", true),
        ("True", "win-64", true), ("not win and False", "linux-64", false),
    ])
    func selectorsAreEvaluated(_ text: String, _ platform: String, _ expected: Bool) throws {
        let subdir = try Subdir(platform)
        #expect(Selector.evaluate(text, for: subdir) == expected)
        let file = try read("dependencies:\n  - always\n  - perhaps  # [\(text)]\n", subdir)
        #expect(file.specs.count == (expected ? 2 : 1))
        let pip = try read(
            "dependencies:\n  - pip:\n    - perhaps # [\(text)] why\nchannels:\n  - a  #[\(text)]\n", subdir)
        #expect(pip.pip.count == (expected ? 1 : 0) && pip.channels.count == (expected ? 1 : 0))
    }

    @Test(arguments: ["py>=3", "", "linux and", "and linux", "(linux", "linux osx", "todo: look", "not", "linux)"])
    func otherBracketsAreNoSelectors(_ text: String) throws {
        #expect(Selector.evaluate(text, for: .win64) == nil)
        let file = try read("dependencies:\n  - kept  # [\(text)]\n", .win64)
        #expect(file.specs.count == 1)
        #expect(file.warnings.count == (text.isEmpty ? 0 : 1), "\(file.warnings)")
    }

    /// conda-build's pattern lets words stand before the brackets.
    @Test(arguments: [("# why [win]", false), ("# see [1]", true), ("#why not [linux]", true), ("# [win] why", false)])
    func aSelectorMayFollowWords(_ comment: String, _ isUsed: Bool) throws {
        let file = try read("dependencies:\n  - perhaps  \(comment)\n")
        #expect(file.specs.isEmpty != isUsed)
        #expect(file.warnings.isEmpty, "\(file.warnings)")
    }

    @Test(arguments: [
        ("tiny[toml]>=1", "tiny>=1", "toml"), ("tiny[a, b-c] ==1.0", "tiny==1.0", "a, b-c"), ("tiny[x]", "tiny", "x"),
        ("conda-forge::tiny[x]=1", "conda-forge::tiny=1", "x"),
    ])
    func extrasOfPipAreReadPast(_ text: String, _ meant: String, _ extras: String) throws {
        let file = try read("dependencies:\n  - \"\(text)\"\n")
        #expect(file.specs == [try MatchSpec(meant)])
        #expect(file.warnings.count == 1 && file.warnings[0].hasPrefix("e.yml:2:5: `[\(extras)]` in `\(text)`"))
        let list = try SpecFile(text: "\n\(text)\n", subject: "r.txt")
        #expect(list.specs == [try MatchSpec(meant)] && list.warnings.first?.hasPrefix("r.txt:2: ") == true)
    }

    @Test(arguments: ["tiny[toml", "tiny[to ml]", "tiny[a]b[c]", "tiny[]>=", "[a]", "tiny[a,]"])
    func otherBracketsAreNoExtras(_ text: String) {
        #expect(throws: Failure.self) { _ = try PipSpelling(text) }
    }

    @Test(arguments: [("a=>1", ">="), ("a =<1", "<="), ("a>=1,=<2", "<="), ("a===1", "=="), ("a<>1", "!=")])
    func operatorsOfOtherLanguagesGetAHint(_ text: String, _ meant: String) {
        let failure = failure { _ = try read("dependencies:\n  - \"\(text)\"\n") }
        #expect(failure?.hint == "did you mean `\(meant)`?", "\(String(describing: failure))")
    }

    @Test func variablesOfActivationAreReadPast() throws {
        let file = try read("dependencies: []\nvariables:\n  A: 1\n  PATH: /x\n  conda_prefix: /y\n")
        #expect(file.variables.map(\.name) == ["A"])
        #expect(file.warnings.first == "e.yml:4:3: `PATH` is not set: activation itself needs it")
        #expect(file.warnings.count == 2)
    }

    @Test func selOfMicromamba() throws {
        let text =
            "dependencies:\n  - sel(linux): gdb >=1\n  - sel(osx): lldb\n  - sel(win): [a, b]\n  - sel(unix): make\n"
        #expect(throws: Failure.self) { _ = try read("dependencies:\n  - sel(bsd): x\n") }
        let linux = try read(text)
        #expect(linux.specs.map(\.description) == [try MatchSpec("gdb >=1").description, "make"])
        #expect(try read(text, .win64).specs.map(\.description) == ["a", "b"])
    }

    @Test func unknownKeysAreWarnedOf() throws {
        let file = try read("dependencies: [a]\nextras: {x: 1}\nselectors: 3\n")
        #expect(
            file.warnings == [
                "e.yml:2:1: `extras` is not a key that krait knows; it was not used",
                "e.yml:3:1: `selectors` is not a key that krait knows; it was not used",
            ])
    }

    @Test(arguments: [
        ("channel: [a]\ndependencies: []\n", "e.yml:1:1", "`channel` is not a key of an environment file"),
        ("dependencies: []\nvariabels: {A: 1}\n", "e.yml:2:1", "`variabels` is not a key of an environment file"),
        ("dependencies: []\ndependancies: [x]\n", "e.yml:2:1", "`dependancies` is not a key of an environment file"),
        ("Dependencies: [x]\n", "e.yml:1:1", "`Dependencies` is not a key of an environment file"),
        ("dependencies: []\ndependencies: [x]\n", "e.yml:2:1", "`dependencies` is here a second time"),
        ("dependencies:\n  - npm: [left-pad]\n", "e.yml:2:5", "expected `pip:`, since krait knows no installer `npm`"),
        ("dependencies: {a: 1}\n", "e.yml:1:15", "expected a list of specs"),
        ("dependencies: numpy\n", "e.yml:1:15", "expected a list of specs"),
        ("dependencies:\n  - [a]\n", "e.yml:2:5", "expected a spec or `pip:` with a list"),
        ("dependencies:\n  - pip: requests\n", "e.yml:2:10", "expected a list of requirements"),
        ("dependencies:\n  - pip: [{a: b}]\n", "e.yml:2:11", "expected a requirement for pip"),
        ("dependencies: []\nchannels: conda-forge\n", "e.yml:2:11", "expected a list of channels"),
        ("dependencies: []\nchannels: [[a]]\n", "e.yml:2:12", "expected text"),
        ("dependencies: []\nvariables: [A]\n", "e.yml:2:12", "expected a mapping of variables"),
        ("dependencies: []\nvariables: {A: [1]}\n", "e.yml:2:16", "expected `NAME: value`"),
        ("dependencies: []\nvariables: {A=B: 1}\n", "e.yml:2:13", "`A=B` cannot be the name of a variable"),
        ("dependencies: []\nvariables: {1A: 1}\n", "e.yml:2:13", "`1A` cannot be the name of a variable"),
        ("dependencies: []\nvariables: {A-B: 1}\n", "e.yml:2:13", "`A-B` cannot be the name of a variable"),
        ("dependencies: []\nvariables: {'A;x': 1}\n", "e.yml:2:13", "`A;x` cannot be the name of a variable"),
        (
            "dependencies:\n<<<<<<< HEAD\n  - a\n=======\n  - b\n>>>>>>> other\n", "e.yml:2",
            "is a marker that a merge left: the file has a conflict"
        ),
        (
            "dependencies:\n  - a\n=======\r\n  - b\n", "e.yml:3",
            "is a marker that a merge left: the file has a conflict"
        ),
        ("dependencies: []\nname: [a]\n", "e.yml:2:7", "expected text"),
        ("dependencies: []\nplatforms: [noarch]\n", "e.yml:2:13", "expected a platform such as linux-64"),
        ("- a\n", "e.yml:1:1", "expected a mapping with `dependencies:`"),
        ("jobs: {}\n", "e.yml:1:1", "expected `dependencies:`; this is not an environment file"),
        ("", "e.yml:1:1", "expected a mapping with `dependencies:`"),
        (
            "dependencies:\n  - a\n  b: [\n", "e.yml:3:3",
            "did not find expected '-' indicator (while parsing a block collection)"
        ),
    ])
    func isRefusedWithAPlace(_ text: String, _ place: String, _ reason: String) {
        let failure = failure { _ = try read(text) }
        #expect(failure?.subject == place && failure?.reason == reason, "\(String(describing: failure))")
        #expect(failure?.code == .parse)
    }

    @Test func aBadSpecNamesItsPlace() {
        let failure = failure { _ = try read("dependencies:\n  - a\n  - numpy=\n") }
        #expect(failure?.subject == "e.yml:3:5")
        #expect(failure?.reason.hasPrefix("`numpy=` is not a spec") == true)
    }

    @Test func exportReadsBack() throws {
        var random = SeededGenerator(state: 24)
        let pieces = [
            "a", "B", "1", " ", ":", "#", "'", "\"", "\\", "-", "é", "😀", "[", "{", "&", "%", "@", "=", "yes", "null",
            "\t", "\n",
        ]
        func text(_ count: ClosedRange<Int>) -> String {
            (0..<Int.random(in: count, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
        }
        let specs = [
            "python=3.10.4=h1_0", "conda-forge::numpy=1.*", "a", "b=2022.01.0", "yes", "null=1", "x[build='*_0']",
        ]
        for _ in 0..<1000 {
            var export = EnvironmentFile.Export()
            export.name = Bool.random(using: &random) ? text(1...4) : nil
            export.channels = (0..<Int.random(in: 0...3, using: &random)).map { "c\($0)" + text(0...3) }.map(trimmed)
            export.dependencies = (0..<Int.random(in: 0...4, using: &random)).map { _ in
                specs.randomElement(using: &random) ?? ""
            }
            export.pip = (0..<Int.random(in: 0...3, using: &random)).map { "p\($0)" + text(0...4) }.map(trimmed)
            export.variables = (0..<Int.random(in: 0...3, using: &random)).map {
                .init(name: "V\($0)", value: text(0...5))
            }
            export.prefix = Bool.random(using: &random) ? "/" + text(0...4) : nil
            export.comments = ["made by a test"]
            for written in [Array(export.yaml.utf8), export.json.serialized(indent: 2)] {
                let file = try EnvironmentFile(bytes: written, subject: "e.yml", platform: .linux64)
                #expect(file.name == export.name && file.prefix == export.prefix)
                #expect(file.channels == export.channels)
                #expect(file.specs == (try export.dependencies.map { try MatchSpec($0) }))
                #expect(file.pip.map(\.text) == export.pip)
                #expect(file.variables == export.variables)
                #expect(file.warnings.isEmpty)
            }
        }
    }

    @Test func secretsAreNotExported() throws {
        var export = EnvironmentFile.Export()
        export.channels = ["https://u:secret@h/c", "https://h/t/secret-token/c", "conda-forge"]
        export.pip = [
            "a @ git+https://secret@h/r.git@abc", "--extra-index-url https://u:secret@h/simple",
            "b @ git+ssh://git@h/r@abc",
        ]
        for text in [export.yaml, String(decoding: export.json.serialized(), as: UTF8.self)] {
            #expect(!text.contains("secret") && text.contains("git+ssh://git@h/r@abc") && text.contains("https://h/c"))
        }
    }

    private func trimmed(_ text: String) -> String { text.trimmingCharacters(in: .whitespaces) }
}
