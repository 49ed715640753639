// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Foundation

/// Small documents to start from: made-up ones with everything in them, and real ones, whole or in parts.
enum FuzzSeeds {
    /// Words of the format.
    static let words = [
        "\"", "{", "}", "[", "]", ",", ":", "null", "true", "\\u0041", "\\ud800", "\"name\":\"x\",", "\"depends\":[]",
        "\"packages.conda\":{", "\"removed\":[\"a-1-0.conda\"]", "\"v3\":{\"conda\":{",
        "\"info\":{\"base_url\":\"..\"}",
        ".conda", ".tar.bz2", "\"a[when=\\\"b\\\"]\"", "../", "\"sha256\":\"\"", "\"noarch\":true",
    ]

    static let madeUp = [
        document(
            [
                record("a", "1", depends: ["b >=1", "c"]), record("a", "2", depends: ["b >=1", "c"]),
                record("b", "1.5"),
            ],
            tarBzip2: [
                record("a", "1", more: [JSONMember("track_features", "x y"), JSONMember("noarch", "python")])
            ],
            more: [
                JSONMember("removed", ["a-2-0.conda"]), JSONMember("repodata_version", 1),
                JSONMember("signatures", ["a": [:]]),
            ]),
        document(
            [],
            info: [
                "subdir": "noarch", "base_url": "https://test.example/x",
                "channel_relations": ["base": "../y"],
            ],
            more: [
                JSONMember("repodata_version", 3),
                JSONMember(
                    "v3",
                    [
                        "conda": ["a-1-0": record("a", "1", depends: ["b[when=\"__unix\"]"])],
                        "whl": ["c-1-0": record("c", "1")],
                    ]),
            ]),
    ]

    /// Those, and a few records of each real document in documents of their own.
    static let documents: [[UInt8]] = madeUp + ((try? realDocuments()) ?? [])

    private static func realDocuments() throws -> [[UInt8]] {
        guard let testData else { return [] }
        var seeds: [[UInt8]] = []
        for path in [
            "repodata/conda-forge-all/linux-64/repodata.json.zst", "repodata/conda-forge-all/noarch/repodata.json.zst",
            "rattler-test-data/channels/dummy/linux-64/repodata.json",
            "rattler-test-data/channels/conditional-repodata/noarch/repodata.json",
            "rattler-test-data/channels/with-wheels/noarch/repodata.json",
        ] {
            let bytes = try beginning(of: Array(try Data(contentsOf: testData.appendingPathComponent(path))))
            let json = try JSON.parse(bytes, subject: path)
            for key in ["packages", "packages.conda", "v3"] {
                guard let members = json[key]?.object else { continue }
                for first in stride(from: 0, to: members.count, by: max(1, members.count / 12)) {
                    let few = Array(members[first..<min(first + 4, members.count)])
                    seeds.append(
                        JSON.object([JSONMember("info", ["subdir": "noarch"]), JSONMember(key, .object(few))])
                            .serialized())
                }
            }
        }
        return seeds
    }

    /// The first records of a long compressed document, closed so that they are one; a plain one as it is.
    private static func beginning(of bytes: [UInt8]) throws -> [UInt8] {
        guard bytes.starts(with: [0x28, 0xb5, 0x2f, 0xfd]) else { return bytes }
        var decoder = try ZstdDecoder(subject: "seed", maximumWindowLog: 31)
        var start = [UInt8](repeating: 0, count: 200_000)
        try bytes.withUnsafeBytes { bytes in
            var input = bytes
            _ = try start.withUnsafeMutableBytes { try decoder.decode(&input, into: $0) }
        }
        while !start.suffix(3).elementsEqual("},\"".utf8) { start.removeLast() }
        return start.dropLast(2) + Array("}}".utf8)
    }
}
