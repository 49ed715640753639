// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Testing

@testable import Codecs

@Suite struct JSONScannerTests {
    @Test func walks() throws {
        let bytes = Array(
            #" {"name": "x\ty", "list": [1, "two", {"a": []}], "skip": {"deep": [[]]}, "n": null, "b": false}"#.utf8)
        try bytes.withUnsafeBytes { bytes in
            var scanner = JSONScanner(bytes, subject: "test")
            var seen: [String] = []
            try scanner.beginObject()
            while let key = try scanner.nextKey() {
                if key == "name" {
                    seen.append(try scanner.string())
                } else if key == "list" {
                    try scanner.beginArray()
                    while try scanner.nextElement() {
                        seen.append(String(decoding: try scanner.skip(), as: UTF8.self))
                    }
                } else if key == "n" {
                    #expect(try scanner.stringOrNull() == nil)
                } else if key == "b" {
                    #expect(try scanner.bool() == false)
                } else {
                    #expect(try scanner.value() == ["deep": [[]]])
                }
            }
            try scanner.end()
            #expect(seen == ["x\ty", "1", "\"two\"", "{\"a\": []}"])
        }
    }

    /// A text cut anywhere says that it ran out, so that a reader of pieces knows to wait for more.
    @Test func everyCutIsSeen() throws {
        let bytes = Array(#"{"a": [1.5e3, true, null, "x\u0041y"], "b": {"c": -0.5}}"#.utf8)
        for count in 0..<bytes.count {
            bytes.withUnsafeBytes { bytes in
                var scanner = JSONScanner(UnsafeRawBufferPointer(rebasing: bytes[..<count]), subject: "test")
                #expect(throws: Failure.self) { try scanner.skip() }
                #expect(scanner.ranOut)
            }
        }
    }

    @Test func stopOfAString() {
        var random = SeededGenerator(state: 3)
        for length in 0..<70 {
            for _ in 0..<200 {
                let choices: [UInt8] = [0x22, 0x5c, 0x1f, 0x20, 0x21, 0x23, 0x7f, 0x80, 0xa2, 0xdc, 0xff, 0x9f, 0x61]
                let bytes = (0..<length).map { _ in
                    Int.random(in: 0..<12, using: &random) == 0
                        ? choices.randomElement(using: &random) ?? 0 : choices[12]
                }
                let expected = bytes.firstIndex { $0 == 0x22 || $0 == 0x5c || $0 < 0x20 } ?? length
                bytes.withUnsafeBufferPointer { buffer in
                    guard let start = buffer.baseAddress else { return }
                    #expect(JSONScanner.stringStop(start, start + length) - start == expected)
                }
            }
        }
    }
}
