// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Testing

@testable import Codecs

/// TOML 1.0 as far as scripts use it: values of all kinds, tables in all spellings, and the line of each fault.
@Suite struct TOMLTests {
    private static func text(_ toml: String) throws -> String {
        String(decoding: try TOML.parse(Array(toml.utf8), subject: "t").serialized(), as: UTF8.self)
            .filter { !$0.isWhitespace }
    }

    @Test(arguments: [
        ("", "{}"), ("# only a comment", "{}"), ("a = 1\nb = -1_000 # x\n", #"{"a":1,"b":-1000}"#),
        ("a.b.c = true\n\"a\".'d e' = false", #"{"a":{"b":{"c":true},"de":false}}"#),
        ("a = [1, [2],\n # c\n 3,\n]", #"{"a":[1,[2],3]}"#),
        ("a = {b = 1, c.d = 'x'}", #"{"a":{"b":1,"c":{"d":"x"}}}"#),
        ("[a]\nb = 1\n[a.c]\nd = 2\n[e]", #"{"a":{"b":1,"c":{"d":2}},"e":{}}"#),
        ("[a.c]\nd = 2\n[a]\nb = 1\n", #"{"a":{"c":{"d":2},"b":1}}"#),
        ("[[a]]\nb = 1\n[[a]]\nb = 2\n[a.c]\nd=3", #"{"a":[{"b":1},{"b":2,"c":{"d":3}}]}"#),
        (#"a = "x\t\u00e9\\\"""#, #"{"a":"x\té\\\""}"#), (#"a = 'C:\x'"#, #"{"a":"C:\\x"}"#),
        ("a = \"\"\"\nx\ny\"\"\"\"", #"{"a":"x\ny\""}"#), ("a = \"\"\"x \\\n   y\"\"\"", #"{"a":"xy"}"#),
        ("a = '''x\\''y'''", #"{"a":"x\\''y"}"#), ("a = 2026-01-31T12:00:00Z", #"{"a":"2026-01-31T12:00:00Z"}"#),
        ("a = 1.5", #"{"a":"1.5"}"#), ("a = 1\r\nb = 2\r\n", #"{"a":1,"b":2}"#),
    ])
    func isRead(toml: String, json: String) throws {
        #expect(try Self.text(toml) == json)
    }

    @Test(arguments: [
        ("a = ", 1), ("a", 1), ("a = 1 2", 1), ("\na = b", 2), ("a = 1\na = 2", 2), ("a = [1\n2]", 2),
        ("a = \"x\n\"", 1),
        ("a = '''x\n", 2), ("[a]\n[a]", 2), ("a = 1\n[a]", 2), ("a = {b = 1}\n[a]\nc = 2", 2), ("a = \"\\q\"", 1),
        ("[a", 1),
        ("= 1", 1), ("a = \"\\ud800\"", 1), ("a.b = 1\na = 2", 2),
    ])
    func isRefused(toml: String, line: Int) {
        let failure = #expect(throws: Failure.self) { try TOML.parse(Array(toml.utf8), subject: "t") }
        #expect(failure?.subject == "t:\(line)")
    }

    /// Whatever a stranger's file holds, reading it ends in a value or a failure.
    @Test func isSafe() {
        let whole = Array(
            "a.b = [1, {c = \"\\u00e9\\\\\", d = '''x'''}]\n[[t]] # c\n\"k\" = \"\"\"\\\n y\"\"\"\n[t.u]\nv=1e5\n".utf8)
        for count in 0...whole.count { _ = try? TOML.parse(Array(whole[..<count]), subject: "t") }
        for index in whole.indices {
            for byte: UInt8 in [0, 0x0a, 0x22, 0x27, 0x5b, 0x5c, 0x5d, 0x7b, 0x7d, 0xff] {
                var bytes = whole
                bytes[index] = byte
                _ = try? TOML.parse(bytes, subject: "t")
            }
        }
        let deep = [UInt8](repeating: 0x5b, count: 100_000)
        #expect(throws: Failure.self) { try TOML.parse(Array("a = ".utf8) + deep, subject: "t") }
    }
}
