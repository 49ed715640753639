// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Testing

@testable import Repodata

@Suite struct RepodataDocumentTests {
    @Test func everyFieldOfARecord() throws {
        let text = #"""
            {"info": {"subdir": "linux-64", "base_url": "../pkgs"}, "packages.conda": {"Foo-1.0-py_1.conda": {
              "name": "foo", "version": "1.0", "build": "py_1", "build_number": 7, "depends": ["b\u0061r >=1", "baz"],
              "constrains": ["qux <2"], "track_features": "a, b", "noarch": "python", "license": "MIT", "license_family": null,
              "md5": "0123456789abcdef0123456789ABCDEF", "sha256": "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
              "size": 12, "timestamp": 1700000000, "indexed_timestamp": 1700000000123, "python_site_packages_path": "lib/x",
              "arch": "x86_64", "purls": ["pkg:pypi/foo"], "subdir": "other", "fn": "x", "run_exports": {"a": []}, "odd": {"k": [1.50]}
            }}}
            """#
        let loaded = try load(try index(of: Array(text.utf8)))
        let record = try loaded.record(0)
        #expect(record.name == "foo")
        #expect(record.fileName == "Foo-1.0-py_1.conda")
        #expect(record.url == "https://test.example/c/pkgs/Foo-1.0-py_1.conda")
        #expect(record.channel == "https://test.example/c")
        #expect(record.subdir == "linux-64")
        #expect(record.buildNumber == 7)
        #expect(record.depends == ["bar >=1", "baz"])
        #expect(record.constrains == ["qux <2"])
        #expect(record.trackFeatures == ["a", "b"])
        #expect(record.noarch == .python)
        #expect(record.license == "MIT")
        #expect(record.licenseFamily == nil)
        #expect(record.md5?.hex == "0123456789abcdef0123456789abcdef")
        #expect(record.sha256?.hex == "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff")
        #expect(record.size == 12)
        #expect(record.timestamp == 1_700_000_000)
        #expect(record.pythonSitePackagesPath == "lib/x")
        #expect(record.otherKeys.map(\.key) == ["arch", "purls", "run_exports", "odd", "indexed_timestamp"])
        #expect(record.otherKeys["odd"]?.serialized() == Array(#"{"k":[1.50]}"#.utf8))
        let row = loaded.table.rows[0]
        #expect(row.timestamp == 1_700_000_000_000)
        #expect(row.indexedTimestamp == 1_700_000_000_123)
        #expect(row.trackFeatures.count == 2)
    }

    @Test func badRecordsAreLeftOutAndCounted() throws {
        let good = record("a", "1")
        func without(_ key: String) -> JSON { .object((good.object ?? []).filter { $0.key != key }) }
        func with(_ key: String, _ value: JSON) -> JSON {
            .object((without(key).object ?? []) + [JSONMember(key, value)])
        }
        let bad: [JSON] = [
            without("name"), without("version"), without("build"), without("build_number"), with("build_number", "1"),
            with("build_number", .number("-1")), with("build_number", .number("1.5")), with("name", 1),
            with("depends", "x"),
            with("depends", [1]), with("depends", ["x", ["y"]]), with("sha256", "zz"), with("size", "12"), [:],
            with("version", ["1"]), with("constrains", ["a": 1]),
        ]
        var members = bad.enumerated().map { JSONMember("b\($0.offset)-1-0.conda", $0.element) }
        members.append(JSONMember("a-1-0.conda", good))
        members.append(JSONMember("a-2-0.zip", record("a", "2")))
        members.append(JSONMember("../a-3-0.conda", record("a", "3")))
        members.append(JSONMember("c-4-0.conda", record("c", "../4")))
        let bytes = JSON.object([JSONMember("packages.conda", .object(members))]).serialized()
        let index = try index(of: bytes)
        #expect(index.counts.records == 1)
        #expect(index.counts.skipped == bad.count + 3)
        #expect(try load(index).distributions == ["a-1-0"])
    }

    @Test func valuesThatMeanNothing() throws {
        let text =
            #"{"packages": {"a-1-0.tar.bz2": {"name":"a","version":"1","build":"0","build_number":0,"depends":null,"md5":null,"noarch":null,"size":null,"sha256":"","timestamp":1.5e12,"features":"","track_features":"","noarch":true}}, "removed": null, "v3": null, "signatures": {"x": [{}]}, "packages.conda": null}"#
        let loaded = try load(try index(of: Array(text.utf8)))
        let record = try loaded.record(0)
        #expect(record.noarch == .generic)
        #expect(record.timestamp == 1_500_000_000_000)
        #expect(record.sha256 == nil && record.md5 == nil && record.size == nil)
        #expect(record.trackFeatures.isEmpty && record.depends.isEmpty)
    }

    @Test(arguments: ["", " \n", "{}", #"{"packages":{}}"#, #"{"unknown": [1, {"a": "b"}]}"#])
    func emptyDocuments(text: String) throws {
        #expect(try index(of: Array(text.utf8)).nameCount == 0)
    }

    @Test(arguments: [
        "[]", "{", "nul", #"{"packages":[]}"#, #"{"packages":{"a"}}"#, "{} {}",
        #"{"packages":{"a-1-0.tar.bz2":{"name" "a"}}}"#, #"{"packages":{"a-1-0.tar.bz2":{},}}"#, #"{"packages":{}"#,
        #"{"packages":{} "removed":[]}"#, #"{"repodata_version": 4}"#,
        #"{"packages":{"a-1-0.tar.bz2":{"depends":["x}}}"#,
        #"{"packages":{"a-1-0.tar.bz2":{"name":"\#u{1}"}}}"#,
    ])
    func brokenDocumentsAreRefused(text: String) {
        #expect(throws: Failure.self) { try index(of: Array(text.utf8)) }
    }

    @Test func whatIsNotARecordCostsItselfOnly() throws {
        let text =
            #"{"packages":{"a-1-0.tar.bz2":1,"b-1-0.tar.bz2":{"name":"b","version":"1","build":"0","build_number":0}}}"#
        #expect(try index(of: Array(text.utf8)).nameCount == 1)
    }

    @Test func everyTruncationIsRefused() throws {
        let bytes = document(
            [record("a", "1", depends: ["b"]), record("b", "1")], more: [JSONMember("removed", ["x"])])
        for count in 1..<bytes.count {
            #expect(throws: Failure.self) { try index(of: Array(bytes[..<count]), windowSize: 64) }
        }
        #expect(try index(of: bytes).nameCount == 2)
    }

    @Test func twinsRemovedAndRevision3() throws {
        let bytes = document(
            [record("a", "1"), record("gone", "1"), record("a", "2")], tarBzip2: [record("a", "1"), record("a", "0")],
            more: [
                JSONMember("removed", ["gone-1-0.conda", "nothing-1-0.tar.bz2", "odd"]),
                JSONMember(
                    "v3",
                    [
                        "conda": [
                            "a-3-0": record("a", "3", depends: ["b[version='>=1']"]),
                            "a-4-0": record("a", "4", depends: ["b[when=\"__linux\"]"]),
                            "a-5-0": record("a", "5", more: [JSONMember("flags", ["gpu:cuda"])]),
                            "a-6-0": record("a", "6", more: [JSONMember("extra_depends", ["x": ["y"], "z": []])]),
                        ],
                        "whl": ["a-7-0": record("a", "7")],
                    ]),
            ])
        let index = try index(of: bytes)
        let loaded = try load(index)
        #expect(loaded.distributions == ["a-0-0", "a-1-0", "a-2-0", "a-3-0", "a-4-0", "a-5-0", "a-6-0"])
        #expect(index.counts.hidden == 1)
        var kinds: [String: String] = [:]
        for row in loaded.table.rows.indices {
            let record = try loaded.record(row)
            kinds[record.version] = record.fileName
            let additions = loaded.table.additions(of: loaded.table.rows[row])
            #expect((additions == nil) == !["5", "6"].contains(record.version))
            if record.version == "5" { #expect(record.flags == ["gpu:cuda"]) }
            if record.version == "6" {
                #expect(record.otherKeys == [JSONMember("extra_depends", ["x": ["y"], "z": []])])
                #expect(additions?.groups.map { loaded.table.strings[$0.name] } == ["x", "z"])
            }
        }
        #expect(kinds["1"] == "a-1-0.conda")
        #expect(kinds["0"] == "a-0-0.tar.bz2")
    }

    @Test func namesNeedNotStandTogetherAndAreFoundInLowerCase() throws {
        let members = [("b", "1"), ("a", "1"), ("b", "2"), ("A", "2"), ("b", "3")].map { name, version in
            JSONMember("\(name)-\(version)-0.conda", record(name, version))
        }
        let index = try index(of: JSON.object([JSONMember("packages.conda", .object(members))]).serialized())
        #expect(index.nameCount == 2)
        let loaded = try load(index)
        #expect(loaded.distributions == ["a-1-0", "a-2-0", "b-1-0", "b-2-0", "b-3-0"])
        #expect(try loaded.records()["linux-64/A-2-0.conda"]?.name == "A")
        for (_, range) in loaded.table.names { #expect(Set(loaded.table.rows[range].map(\.name)).count == 1) }
    }

    @Test(
        arguments: [
            (nil, "https://h/c/linux-64/"), ("", "https://h/c/linux-64/"), ("../noarch", "https://h/c/noarch/"),
            ("sub/", "https://h/c/linux-64/sub/"), ("/root", "https://h/root/"),
            ("https://other/x", "https://other/x/"),
            ("https://u:p@other/x/", "https://other/x/"), ("../../../../x", "https://h/x/"),
            ("./", "https://h/c/linux-64/"),
        ] as [(String?, String)])
    func baseURL(base: String?, resolved: String) throws {
        #expect(try SubdirSource.resolve(base, documentURL: "https://h/c/linux-64/repodata.json") == resolved)
    }

    @Test func baseURLOfLocalChannels() throws {
        #expect(try SubdirSource.resolve(nil, documentURL: "file:///c/noarch/repodata.json") == "file:///c/noarch/")
        #expect(try SubdirSource.resolve("../x", documentURL: "file:///c/noarch/repodata.json") == "file:///c/x/")
    }
}
