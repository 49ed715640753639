// SPDX-License-Identifier: BSD-3-Clause

import Testing

@testable import Prefix

@Suite struct PlaceholderReplacementTests {
    private func offsets(_ part: String, in bytes: [UInt8]) -> [UInt64] {
        var found: [UInt64] = []
        Array(part.utf8).withUnsafeBytes { part in
            bytes.withUnsafeBytes { all in
                var start = 0
                while let place = ByteSearch.first(part, in: all, from: start) {
                    found.append(UInt64(place))
                    start = place + part.count
                }
            }
        }
        return found
    }

    private func text(_ text: String, _ placeholder: String, _ prefix: String) -> String? {
        let bytes = Array(text.utf8)
        let found = offsets(placeholder, in: bytes)
        let result = bytes.withUnsafeBytes { bytes in
            Array(placeholder.utf8).withUnsafeBytes {
                PlaceholderReplacement.text(
                    bytes, placeholder: $0, offsets: found[...], prefix: Array(prefix.utf8), platform: .linux)
            }
        }
        return result.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(arguments: [
        ("prefix=/old/place and /old/place/lib", "/old/place", "/new", "prefix=/new and /new/lib"),
        ("#!/old/place/bin/perl -w\nuse /old/place;\n", "/old/place", "/new", "#!/new/bin/perl -w\nuse /new;\n"),
        ("#!/bin/sh\n/old/place\n", "/old/place", "/a b", "#!/bin/sh\n/a b\n"),
        ("#!/old/place/bin/perl -w\n", "/old/place", "/a b", "#!/usr/bin/env perl -w\n"),
        (
            "#!/old/place/bin/python3.11 -E\nx", "/old/place", "/a b",
            "#!/bin/sh\n'''exec' \"/a b/bin/python3.11\" -E \"$0\" \"$@\" #'''\nx"
        ),
        ("nothing", "/old/place", "/new", "nothing"), ("", "/old/place", "/new", ""),
        ("#!/old/place/bin/sh", "/old/place", "/n", "#!/n/bin/sh"),
    ])
    func textMode(_ from: String, _ placeholder: String, _ prefix: String, _ expected: String) {
        #expect(text(from, placeholder, prefix) == expected)
    }

    @Test func longShebangs() {
        let long = "/" + String(repeating: "x", count: 120)
        #expect(
            text("#!/old/bin/python\n", "/old", long)
                == "#!/bin/sh\n'''exec' \"\(long)/bin/python\" \"$0\" \"$@\" #'''\n")
        #expect(text("#!/old/bin/perl\n", "/old", long) == "#!/usr/bin/env perl\n")
        // 127 bytes are allowed, 128 are not.
        let fits = "/" + String(repeating: "x", count: 127 - 2 - 1 - "/bin/perl".count)
        #expect(text("#!/old/bin/perl\n", "/old", fits) == "#!\(fits)/bin/perl\n")
        #expect(text("#!/old/bin/perl\n", "/old", fits + "x") == "#!/usr/bin/env perl\n")
    }

    @Test(arguments: [
        ("a/old/place/lib\0b", "/new", "a/new/lib\0\0\0\0\0\0\0b"),
        ("/old/place:/old/place/lib\0tail", "/n", "/n:/n/lib\0" + String(repeating: "\0", count: 16) + "tail"),
        ("/old/place\0/old/place\0", "/old/place", "/old/place\0/old/place\0"),
        ("x/old/place", "/n", "x/n\0\0\0\0\0\0\0\0"),
    ])
    func binaryMode(_ from: String, _ prefix: String, _ expected: String) {
        var bytes = Array(from.utf8)
        let found = offsets("/old/place", in: bytes)
        let done = bytes.withUnsafeMutableBytes { bytes in
            Array("/old/place".utf8).withUnsafeBytes {
                PlaceholderReplacement.binary(bytes, placeholder: $0, offsets: found[...], prefix: Array(prefix.utf8))
            }
        }
        #expect(done)
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
    }

    @Test func refusesWhatIsNotThere() {
        var bytes = Array("abcdefgh".utf8)
        let done = bytes.withUnsafeMutableBytes { bytes in
            Array("xyz".utf8).withUnsafeBytes {
                PlaceholderReplacement.binary(bytes, placeholder: $0, offsets: [2], prefix: Array("/".utf8))
            }
        }
        #expect(!done)
    }
}
