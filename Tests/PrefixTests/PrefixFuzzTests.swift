// SPDX-License-Identifier: BSD-3-Clause

import Conda
import Failures
import Fuzzing
import Platform
import Testing

@testable import Prefix

/// Mutations of what stands in an environment and beside a package; `scripts/fuzz` runs them for longer.
@Suite struct PrefixFuzzTests {
    private static func leadsOut(_ path: String) -> Bool {
        path.utf8.first == UInt8(ascii: "/")
            || path.utf8.split(separator: UInt8(ascii: "/")).contains { $0.elementsEqual("..".utf8) }
    }

    /// A journal that is whole says the same when it is written again.
    @Test func journals() {
        var journal = Journal()
        journal.moved = ["bin/a", "lib/b c"]
        journal.removed = ["share/é"]
        journal.made = ["bin/a", "bin/d"]
        journal.madeDirectories = ["share", "share/new"]
        journal.emptied = ["old"]
        journal.keptDirectories = ["lib"]
        journal.records = ["a-1-0.json"]
        journal.process = 4711
        var first = journal
        first.madeMetadata = true
        let words = ["\0", "H", "P", "O", "D", "N", "M", "S", "K", "R", "E\0", "..", "/", "../", "a/b"]
        let fuzzer = Fuzzer("journal", seeds: [journal.serialized(), first.serialized()], words: words)
        let report = fuzzer.run(rounds: 4000) { (bytes, _) in
            guard let journal = try? Journal(bytes) else { return .refused }
            let paths = [
                journal.moved, journal.removed, journal.made, journal.madeDirectories, journal.emptied, journal.records,
            ]
            if let path = paths.joined().first(where: Self.leadsOut) { return .wrong("\(path) leads out") }
            return (try? Journal(journal.serialized())) == journal ? .accepted : .wrong("written, it reads otherwise")
        }
        #expect(report.findings.isEmpty)
        #expect(report.accepted > 0)
    }

    /// Any text is a history; its lists of specs read the same when krait writes them.
    @Test func histories() {
        let report = Fuzzer("history", seeds: Self.histories.map { Array($0.utf8) }, words: Self.historyWords)
            .run(rounds: 2000) { (bytes, _) in
                let history = History(bytes)
                _ = (history.requestedSpecs(), history.mentionedNames(), history.isByOthers)
                _ = (history.listedNames(), history.unaskedNames(), history.presentNames())
                for number in history.revisions.indices.suffix(3) { _ = history.packages(after: number) }
                for revision in history.revisions {
                    for specs in [revision.updateSpecs, revision.removeSpecs, revision.neuteredSpecs] {
                        let printable = specs.map { spec in
                            String(
                                String.UnicodeScalarView(spec.unicodeScalars.map { $0.value < 0x20 ? " " : $0 }))
                        }
                        if SpecList.parse(SpecList.text(specs)) != printable {
                            return .wrong("\(specs) is written as another list")
                        }
                    }
                }
                return .accepted
            }
        #expect(report.findings.isEmpty)
    }

    /// The variables of a state are the same when they are set again, and other keys stay.
    @Test func states() throws {
        let tree = TestTree()
        try tree.write("conda-meta/state", "")
        let seeds = [
            #"{"env_vars": {"A": "1", "B": "***unset***", "c": ""}, "version": 1}"#,
            #"{"env_vars": {"N": 18446744073709551616, "L": [1, {"a": null}], "T": true, "X": null}}"#,
            #"{"other": {"deep": [[[]]]}, "env_vars": {"É": "\u00e9\ud83d\ude00\n\u0000"}}"#,
        ]
        let words = ["env_vars", "\"", "{", "}", "[", "]", ":", ",", "null", "\\u0000", "\\ud83d", "\\n", "PATH"]
        let fuzzer = Fuzzer("state", seeds: seeds.map { Array($0.utf8) }, words: words)
        let report = try fuzzer.run(rounds: 500) { (bytes, _) in
            try writeFileAtomically("\(tree.path)/conda-meta/state", bytes)
            guard let variables = try? PrefixFiles.variables(tree.path) else { return .refused }
            guard (try? PrefixFiles.setVariables(variables, tree.path)) != nil else { return .refused }
            let again = try PrefixFiles.variables(tree.path)
            let isSame = variables.elementsEqual(again) { $0.name == $1.name && $0.value == $1.value }
            return isSame ? .accepted : .wrong("set again, the variables are others")
        }
        #expect(report.findings.isEmpty)
        #expect(report.accepted > 0)
    }

    /// A record is refused or read; what krait writes of its paths reads back the same.
    @Test func records() {
        let fuzzer = Fuzzer("record", seeds: Self.records.map { Array($0.utf8) }, words: Self.recordWords)
        let report = fuzzer.run(rounds: 2000) { (bytes, _) in
            let head = bytes.withUnsafeBytes { try? RecordReader.head($0, "record") }
            guard let paths = bytes.withUnsafeBytes({ try? RecordReader.paths($0, "record") }) else {
                return .refused
            }
            if let record = head?.record, [record.name, record.version, record.build].contains(where: Self.leadsOut) {
                return .wrong("its names lead out")
            }
            for path in paths {
                if Self.leadsOut(path.path) { return .wrong("\(path) leads out") }
                var text = RecordText(capacity: 100)
                text.raw("{\"paths_data\": {\"paths\": [")
                text.element(path)
                text.raw("]}}")
                let again = text.bytes.withUnsafeBytes { try? RecordReader.paths($0, "record") }
                if again != [path] { return .wrong("\(path) is written as \(again ?? [])") }
            }
            return head == nil ? .refused : .accepted
        }
        #expect(report.findings.isEmpty)
        #expect(report.accepted > 0)
    }

    /// A damaged manifest is refused or can be walked safely.
    @Test func linkManifests() throws {
        let seeds = try Self.manifests().map { $0.serialized() }
        let fuzzer = Fuzzer(
            "link-manifest", seeds: seeds, words: ["\0", "\u{1}\0\0\0\0\0\0\0", "../", "/", "a = b:c\0"])
        let report = fuzzer.run(rounds: 4000) { (bytes, _) in
            guard let manifest = bytes.withUnsafeBytes({ LinkManifest(bytes: $0) }) else { return .refused }
            for entry in manifest.entries {
                if Self.leadsOut(manifest.path(of: entry)) { return .wrong("\(manifest.path(of: entry)) leads out") }
                _ = (manifest.path(of: entry), manifest.target(of: entry), manifest.digest(of: entry))
                guard let placeholder = manifest.placeholder(of: entry) else { continue }
                _ = (manifest.text(of: placeholder), manifest.offsets[placeholder.offsets].count)
            }
            for directory in manifest.directories {
                _ = (manifest.path(of: directory), manifest.directories[Int(directory.parent)])
                _ = manifest.entries[directory.entries].count
            }
            _ = manifest.shortestBinaryPlaceholder
            let again = manifest.serialized().withUnsafeBytes { LinkManifest(bytes: $0) }
            return again == manifest ? .accepted : .wrong("written, it reads otherwise")
        }
        #expect(report.findings.isEmpty)
        #expect(report.accepted > 0)
    }
}

extension PrefixFuzzTests {
    private static let histories = [
        """
        ==> 2023-01-02 03:04:05 <==
        # cmd: /opt/conda/bin/conda create -n x python numpy
        # conda version: 23.1.0
        +defaults/linux-64::python-3.11.0-h1
        # update specs: ['python=3.11', "numpy[version='>=1,<2']"]
        ==> 2023-02-02 03:04:05 <==
        # cmd: krait remove numpy
        # krait version: 0.1
        # channels: ["conda-forge"]
        # list: true
        -defaults/linux-64::numpy-1.24-py311_0
        # remove specs: ["numpy"]
        """,
        "python-2.7.3-1\n# install specs: pandas >=2,<3, scipy\n# neutered specs: ['a\\'b']\n==> 2013 <==\n+b-1-0\n",
    ]

    private static let historyWords = [
        "==>", "<==", "==><==", "\n", "\r\n", "# ", ": ", " specs", " version", "update", "remove", "[", "]", "'", "\"",
        "\\", ",", "::", "-", "+", "[version=", "é",
    ]

    private static let records = [
        """
        {"name": "a", "version": "1", "build": "0", "build_number": 3, "subdir": "linux-64", "size": 12, "timestamp":
        1700000000000, "channel": "https://c.example/f/linux-64", "url": "https://c.example/f/linux-64/a-1-0.conda",
        "fn": "a-1-0.conda", "depends": ["b >=1"], "constrains": [], "noarch": "python", "track_features": "x y",
        "link": {"source": "/p/a-1-0", "type": 1}, "requested_spec": "a", "requested_specs": ["a"],
        "md5": "0123456789abcdef0123456789abcdef", "files": ["bin/a", "lib/python3.1/site-packages/a.py"],
        "paths_data": {"paths_version": 1, "paths": [
        {"_path": "bin/a", "path_type": "hardlink", "size_in_bytes": 7, "no_link": true, "file_mode": "text",
         "sha256": "\(digest)", "sha256_in_prefix": "\(digest)", "prefix_placeholder": "/ph"},
        {"_path": "site-packages/a.py", "path_type": "softlink", "original_path": "a.py"}]}}
        """,
        #"{"version": "1", "name": "a", "files": ["a/b", "é\n\u0001"], "noarch": true, "channel": {"base_url": "x"}}"#,
    ]

    private static let digest = String(repeating: "0f", count: 32)

    private static let recordWords = [
        "\"", "{", "}", "[", "]", ":", ",", "null", "true", "1e308", "-1", "\\u0000", "\\ud83d", "\"_path\": \"",
        "site-packages/", "python-scripts/", "bin/", "../", "/", "directory", "unix_python_entry_point", "size",
        "timestamp", "build_number", "size_in_bytes", digest,
    ]

    private static func manifests() throws -> [LinkManifest] {
        var builder = LinkManifestBuilder(subject: "seed")
        builder.noarch = .python
        builder.entryPoints = [try EntryPoint("tool = pkg.main:App.run")]
        builder.hasUnlistedFiles = true
        try builder.add(.init(path: "lib/b", mode: 0o755, size: 7))
        try builder.add(.init(path: "lib/a/x", size: 1, noLink: true))
        try builder.add(.init(path: "lib-x/y", kind: .softLink, target: "../lib/b"))
        try builder.add(.init(path: "empty", kind: .directory))
        try builder.add(.init(path: "top", size: 9, placeholder: .init(text: "/ph", mode: .binary, offsets: [1, 5])))
        return [try builder.finish(), try LinkManifestBuilder(subject: "seed").finish()]
    }
}
