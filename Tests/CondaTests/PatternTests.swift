// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures
import Testing

@Suite struct PatternTests {
    @Test(arguments: [
        ("^a.c$", ["abc", "ABC"], ["ac", "abcd", "xabc"]),
        ("^a|b$", ["ax", "xb"], ["xa", "bx"]),
        ("^(py|cp)3[0-9]+_.*$", ["py310_0", "cp39_x"], ["py3_0", "xpy310_0"]),
        ("^[^0-9]+$", ["abc"], ["a1"]),
        ("^a{2,3}b{,1}c{2}$", ["aacc", "aaabcc"], ["acc", "aabbcc", "aaaacc"]),
        ("^a{x}$", ["a{x}"], ["a"]),
        ("^\\d+\\.\\d*\\w?$", ["1.", "12.5a"], ["a.1", "1.2.3"]),
        ("^[\\d.\\-]+$", ["1-2.3"], ["1_2"]),
        ("^(?:ab)*?c$", ["c", "ababc"], ["abac"]),
        ("^[a-c]x[]y]$", ["bx]", "Cxy"], ["dxy"]),
        ("^.*\\bfoo\\b.*$", ["a foo b"], ["afoob"]),
        ("^$", [""], ["a"]),
        ("^é.$", ["éü"], ["é"]),
    ])
    func patterns(pattern: String, matching: [String], other: [String]) throws {
        let matcher = try StringMatcher(pattern)
        for text in matching { #expect(matcher.matches(text), "\(text)") }
        for text in other { #expect(!matcher.matches(text), "\(text)") }
    }

    @Test(arguments: ["^(a$", "^a)$", "^[a$", "^*$", "^a**b(?=c)$", "^(a)\\1$", "^[z-a]$", "^a{3,2}$", "^\\q$"])
    func refused(pattern: String) {
        #expect(throws: Failure.self) { try StringMatcher(pattern) }
    }

    @Test func globs() throws {
        let glob = try StringMatcher("py3*_0*x")
        #expect(glob.matches("py310_0_0abx") && glob.matches("PY3_0x"))
        #expect(!glob.matches("py310_1x") && !glob.matches("xpy3_0x") && !glob.matches("py3_0xy"))
        #expect(try StringMatcher("a.b*").matches("a.bc"))
        #expect(try !StringMatcher("a.b*").matches("axbc"))
        #expect(try StringMatcher("**").isAny)
        #expect(try !StringMatcher("Py*").matchesExactly("py3"))
    }
}
