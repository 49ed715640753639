// SPDX-License-Identifier: BSD-3-Clause
import Platform
import Testing

@Suite struct PathTests {
    @Test(arguments: [
        ("/a/b/c", "/a/b", "c"), ("/a/b/", "/a", "b"), ("a", "", "a"), ("/a", "/", "a"), ("/", "/", ""),
        ("a//b", "a", "b"), ("./x", ".", "x"),
    ]) func parentAndName(_ path: String, _ parent: String, _ name: String) {
        #expect(Path.parent(path) == parent)
        #expect(Path.name(path) == name)
    }

    @Test(arguments: [
        ("x", "/base", "/base/x"), ("../x", "/base/sub", "/base/x"), ("/x/./y//z/", "/base", "/x/y/z"),
        ("../../../..", "/a/b", "/"), (".", "/a", "/a"),
    ]) func absolute(_ path: String, _ base: String, _ result: String) {
        #expect(Path.absolute(path, base: base) == result)
    }

    @Test func home() {
        #expect(Path.expandingHome("~", home: "/h") == "/h")
        #expect(Path.expandingHome("~/x", home: "/h") == "/h/x")
        #expect(Path.expandingHome("~other/x", home: "/h") == "~other/x")
        #expect(Path.expandingHome("a~", home: "/h") == "a~")
    }
}
