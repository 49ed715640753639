// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Manifests
import Platform
import Scenes
import Testing

@testable import Engine

@Suite("What pip will be asked for, and whether it can be")
struct PipPlanningTests {
    private static func plan(
        _ dependencies: String, settings: [String: String] = [:], files: [String: String] = [:], have: [String]? = nil,
        _ change: (inout ChangeRequest) -> Void = { _ in }
    ) throws -> ChangePlan {
        let scene = try Scene()
        for (name, text) in files { try scene.write(name, text) }
        try scene.write("e.yml", "dependencies:\n\(dependencies)")
        let usual = ["add_pip_as_python_dependency": "false"].merging(settings) { _, own in own }
        if let have { try scene.change(.create, have, settings: usual) }
        return try scene.plan(have == nil ? .create : .install, settings: usual) { request in
            request.files = ["e.yml"]
            change(&request)
        }
    }

    /// Dependencies, settings, what is installed, and what is said of it.
    static let additions: [(String, [String: String], [String], String?)] = [
        ("- python\n- pip\n- pip: [foo]\n", [:], ["pip-24.0", "python-3.12.0"], nil),
        (
            "- python\n- pip: [foo]\n", [:], ["pip-24.0", "python-3.12.0"],
            "no `pip` in its dependencies, so it is added"
        ),
        ("- pip: [foo]\n", [:], ["pip-24.0", "python-3.12.0"], "no `pip` in its dependencies, so it is added"),
        ("- python\n- uv\n- pip: [foo]\n", [:], ["python-3.12.0", "uv-0.9"], nil),
        ("- uv\n- pip: [foo]\n", [:], ["python-3.12.0", "uv-0.9"], "no `python` in its dependencies, so it is added"),
        ("- lib\n- pip: []\n", [:], ["lib-2.0"], nil),
        ("- python=3.11\n- pip\n- pip: ['-r list.txt']\n", [:], ["pip-24.0", "python-3.11.0"], nil),
    ]

    @Test(arguments: additions)
    func whatIsAdded(dependencies: String, settings: [String: String], expected: [String], told: String?) throws {
        let plan = try Self.plan(dependencies, settings: settings, files: ["list.txt": "foo\n"])
        #expect(plan.lines == expected.map { "install \($0)" })
        if let told {
            #expect(plan.warnings.count == 1 && plan.warnings[0].hasSuffix(told), "\(plan.warnings)")
        } else {
            #expect(plan.warnings.isEmpty, "\(plan.warnings)")
        }
    }

    @Test func whatIsThereIsNotAddedAgain() throws {
        let plan = try Self.plan("- pip: [foo]\n", have: ["python", "pip"])
        #expect(plan.lines.isEmpty && plan.warnings.isEmpty)
        #expect(!plan.isEmpty && plan.pipRequirementCount == 1 && plan.pipRequirements == ["foo"])
    }

    @Test func linesThatAskForNothing() throws {
        let plan = try Self.plan("- python\n- pip\n- pip: ['--pre', '--index-url https://h/s', foo, 'bar==1']\n")
        #expect(plan.pipRequirementCount == 2 && plan.pipRequirements.count == 4)
        #expect(plan.pip.names == ["foo", "bar"])
    }

    @Test func channelsHaveItToo() throws {
        let plan = try Self.plan("- python\n- pip\n- pip: [alone, ghost]\n")
        #expect(plan.hints.count == 1 && plan.hints[0].hasPrefix("pip will install what the channels have too: alone;"))
    }

    @Test func nothingOfItOnAnotherPlatform() throws {
        let plan = try Self.plan("- lib\n- pip: [foo]\n", settings: ["subdir": "osx-arm64"])
        #expect(plan.lines == ["install lib-2.0"])
        #expect(plan.warnings.contains { $0.contains("are left out, since nothing of osx-arm64 runs here: foo") })
    }

    @Test func leftOut() throws {
        let plan = try Self.plan("- lib\n- pip: [foo]\n") { $0.pip.isLeftOut = true }
        #expect(plan.pipRequirementCount == 0 && plan.lines == ["install lib-2.0"])
    }

    @Test func requirementsOfAScript() throws {
        let scene = try Scene()
        let plan = try scene.plan(.create, ["python", "pip"]) { request in
            request.pip.requirements = ["rich>=13"]
            request.pip.file = "\(scene.path)/script.py"
        }
        #expect(plan.pipRequirements == ["rich>=13"] && plan.pip.file == "\(scene.path)/script.py")
    }

    /// A line for pip, files beside the environment file, and why it is refused.
    static let refusals: [(String, [String: String], String)] = [
        ("'foo bar baz'", [:], "is not a requirement that pip understands"),
        ("'-r gone.txt'", [:], "there is no such file"),
        ("'-c gone.txt'", [:], "there is no such file"),
        ("'-e ./gone'", [:], "there is no such file or directory"),
        ("'./gone.whl'", [:], "there is no such file"),
        ("'-e ./here'", ["here/x.txt": ""], "is not a Python project"),
        ("'-r list.txt'", ["list.txt": "-r deeper.txt\n"], "there is no such file"),
        ("'-r list.txt'", ["list.txt": "foo \\\n  ==1\n-e ./gone\n"], "there is no such file or directory"),
    ]

    @Test(arguments: refusals)
    func refused(line: String, files: [String: String], reason: String) throws {
        let failure = try failure { try Self.plan("- python\n- pip\n- pip:\n  - \(line)\n", files: files) }
        #expect(failure.code == .usage && failure.reason.contains(reason), "\(failure)")
        #expect(failure.subject.contains("e.yml:5") || failure.subject.contains("list.txt:"), "\(failure.subject)")
    }

    @Test(arguments: [
        ("'-e ./here'", "here/pyproject.toml"), ("'./here'", "here/setup.py"), ("'-r list.txt'", "list.txt"),
        ("'./x-1-py3-none-any.whl'", "x-1-py3-none-any.whl"), ("'git+https://h.example/x@v1'", "unused"),
        ("'x @ https://h.example/x.whl'", "unused"), ("'x[extra]==1; python_version > \"3\"'", "unused"),
    ])
    func taken(line: String, file: String) throws {
        let plan = try Self.plan("- python\n- pip\n- pip:\n  - \(line)\n", files: [file: ""])
        #expect(plan.pipRequirementCount == 1)
    }

    @Test func nothingCanInstallIt() throws {
        let noPython = try failure {
            try Self.plan("- lib\n- pip: [foo]\n", settings: ["add_pip_as_python_dependency": "false"]) {
                $0.dependencies = .none
            }
        }
        #expect(noPython.reason == "has requirements for pip, and the environment has no python")
        #expect(noPython.hint == "add python, or leave them out with --no-pip-section")
    }

    /// Lines, whether uv gets them, and what stands on the command line and in the list.
    static let words: [([String], PipInstaller.Kind, [String], [String])] = [
        (["foo", "bar==1"], .pip, [], ["foo", "bar==1"]),
        (["--pre", "foo"], .pip, ["--pre"], ["foo"]),
        (["--pre", "foo"], .uv, ["--prerelease", "allow"], ["foo"]),
        (["--prefer-binary", "foo"], .uv, [], ["foo"]),
        (["--prefer-binary", "foo"], .pip, ["--prefer-binary"], ["foo"]),
        (["--trusted-host h", "foo"], .uv, ["--allow-insecure-host", "h"], ["foo"]),
        (["--trusted-host h", "foo"], .pip, ["--trusted-host", "h"], ["foo"]),
        (["-r list.txt"], .pip, ["--requirement", "/work/list.txt"], []),
        (["-c limits.txt", "foo"], .uv, ["--constraint", "/work/limits.txt"], ["foo"]),
        (["--index-url https://u:p@h/simple", "foo"], .pip, [], ["--index-url https://u:p@h/simple", "foo"]),
        (["-e ./x"], .pip, [], ["-e ./x"]),
        (["", "foo"], .pip, [], ["foo"]),
    ]

    @Test(arguments: words)
    func arguments(lines: [String], kind: PipInstaller.Kind, words: [String], list: [String]) {
        let group = PipSection.Group(file: "/work/e.yml", requirements: lines.map { .init(text: $0) })
        let arguments = PipArguments(group, for: kind)
        #expect(arguments.words == words && arguments.lines == list)
    }

    @Test func locksNameEverything() {
        var group = PipSection.Group(file: "/work/x.lock", requirements: [.init(text: "foo==1 --hash=sha256:00")])
        group.isLocked = true
        group.indexes = ["https://one/simple", "https://two/simple"]
        let arguments = PipArguments(group, for: .pip)
        #expect(arguments.words == ["--no-deps"])
        #expect(
            arguments.lines == [
                "--index-url https://one/simple", "--extra-index-url https://two/simple", "foo==1 --hash=sha256:00",
            ])
    }
}
