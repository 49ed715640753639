// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Foundation
import Platform
import Testing

@testable import krait

/// Each verb's table of options against what the verb asks for: one that is declared and never read would be accepted
/// in silence.
struct OptionTableTests {
    /// Command lines, beside the verb alone, with which a verb reads everything it can; `P` is an environment with the
    /// package `tiny`, `N` a place for one, `C` a channel that has it, `F` an environment file, `L` any file. None of
    /// them may reach the network, or start a program.
    private static let lines: [String: [String]] = [
        "create": ["-p N -y --write-lock L", "-p N --clone P -y", "-f F"],
        "env create": ["-p N -y", "-p N --clone P -y", "-f F -y"],
        "install": ["-p P -c C tiny --dry-run", "-p P --revision 0 --dry-run"],
        "update": ["-p P -c C tiny --dry-run"],
        "remove": ["-p P tiny --dry-run", "-p P --all --dry-run"],
        "env update": ["-p P -f F -c C --override-channels --dry-run"],
        "env remove": ["-p P --dry-run"],
        "rename": ["-p P N --dry-run", "-p P N -y"],
        "env rename": ["-p P N --dry-run", "-p P N -y"],
        "list": ["-p P", "-p P --explicit", "-p P --export"],
        "export": ["-p P", "-p P --explicit", "-p P --from-history", "-p P -f L"],
        "env export": ["-p P", "-p P --explicit", "-p P --from-history", "-p P -f L"],
        "run": ["-p P true-is-not-here"],
        "exec": [
            "-s tiny -c C true-is-not-here", "-w tiny -c C --refresh tiny", "-c C --python 3 -f F --refresh tiny",
        ],
        "tool install": ["-c C --expose a=tiny -w tiny tiny"],
        "tool run": ["-c C tiny"],
        "cache learn": ["-p P"],
        "cache push": ["F"],
        "cache pull": ["F"],
        "lock": ["-f F -c C --dry-run", "tiny -c C --format explicit --dry-run"],
        "sbom": ["-p P", "-f F"],
        "audit": ["-p P --database D --fix --dry-run", "-f F --database D"],
        "search": ["-c C tiny", "--local tiny", "-c C tiny --info"],
        "repoquery search": ["-c C tiny", "-p P tiny"],
        "repoquery depends": ["-c C tiny", "-p P tiny", "-c C tiny --tree"],
        "repoquery whoneeds": ["-c C tiny", "-p P tiny", "-c C tiny --tree"],
        "clean": ["--all --dry-run"],
        "doctor": ["-p P"],
        "env report": ["-p P"],
        "shell": ["-p P -s nothing"],
        "shell activate": ["P"],
        "env diff": ["P P"],
        "env verify": ["-p P", "-p P --against F"],
        "env config vars list": ["-p P"],
        "env config vars set": ["-p P A=1"],
        "env config vars unset": ["-p P A"],
        "config": [
            "--describe", "--show", "--show-sources", "--validate", "--file L --write-default", "--get",
            "--set json true",
            "--system --get", "--env -p P --get", "--home --get",
        ],
        "config list": ["-l"],
        "config get": ["channels", "--file L channels"],
        "info": ["-s", "-e", "--licenses"],
        "config set": ["json true --dry-run", "json true --file L", "json true --system", "json true --env -p P"],
        "config append": ["channels x --dry-run"],
        "config prepend": ["channels x --dry-run"],
        "config remove": ["channels x --dry-run"],
        "config remove-key": ["channels --dry-run"],
        "activate": ["P"],
        "auth login": ["h.example --token-stdin", "h.example --bearer x", "h.example --username u --password p"],
        "auth logout": ["--all"],
        "compare": ["-p P F"],
        "pack": ["-f F -o N --format oci"],
        "push": ["P localhost:1/a/b", "F localhost:1/a/b"],
        "init": ["bash --dry-run"],
    ]

    private static func words(_ path: String) -> [[String]] {
        ([""] + (lines[path] ?? [])).map { line in
            path.split(separator: " ").map(String.init) + line.split(separator: " ").map(String.init)
        }
    }

    @Test(arguments: VerbTableTests.all.map(\.path))
    func readsItsOptions(path: String) throws {
        let chain = try #require(VerbTableTests.all.first { $0.path == path }).chain
        let verb = try #require(chain.last)
        guard verb.action != nil else { return }
        let reads = OptionReads()
        for words in Self.words(path) { try Self.run(words, reads) }
        for option in verb.options {
            guard case .read = option.effect else { continue }
            #expect(reads.contains(option), "nothing reads --\(option.name) of `krait \(path)`")
        }
    }

    /// Runs a command line in a home of its own; how it ends does not matter. Where a shell would be started there is
    /// none, for it would take the place of the tests.
    private static func run(_ words: [String], _ reads: OptionReads) throws {
        let home = NSTemporaryDirectory() + "options-\(UUID().uuidString)"
        let files = FileManager.default
        defer { try? files.removeItem(atPath: home) }
        func write(_ text: String, _ name: String) throws {
            let file = URL(fileURLWithPath: home + "/" + name)
            try files.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        let tiny =
            #""name": "tiny", "version": "1", "build": "0", "build_number": 0, "depends": [], "subdir": "noarch""#
        try write("{\(tiny), \"channel\": \"file://\(home)/ch\", \"files\": []}", "env/conda-meta/tiny-1-0.json")
        try write("", "env/conda-meta/history")
        try write("name: n\ndependencies: []\n", "environment.yml")
        try write("{\"packages.conda\": {\"tiny-1-0.conda\": {\(tiny)}}}", "ch/noarch/repodata.json")
        try write(
            #"{"id": "A-1", "affected": [{"package": {"ecosystem": "PyPI", "name": "tiny"}, "versions": ["9"]}]}"#,
            "advisories/A-1.json")
        let places = [
            "D": home + "/advisories", "P": home + "/env", "N": home + "/new", "F": home + "/environment.yml",
            "C": "file://\(home)/ch",
            "L": home + "/file",
        ]
        let words = words.map { places[$0] ?? $0 }
        let environment = ProcessEnvironment(
            arguments: ["krait"] + words,
            variables: [
                "MAMBA_ROOT_PREFIX": home + "/root", "MAMBA_OFFLINE": "1", "HOME": home, "SHELL": "/nowhere/bash",
            ],
            currentDirectory: home, homeDirectory: home)
        let parser = CommandLineParser(
            verbs: Verb.all, globalOptions: Option.global, generalOptions: Option.general)
        guard case .run(let verb, var invocation) = try parser.parse(words) else { return }
        invocation.reads = reads
        var session = Session(environment: environment, console: Console())
        let nowhere = open("/dev/null", O_WRONLY)
        defer { close(nowhere) }
        session.console.dataDescriptor = nowhere
        session.console.wordsDescriptor = nowhere
        _ = try? session.run(verb, invocation)
    }
}
