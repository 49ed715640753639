// SPDX-License-Identifier: BSD-3-Clause
import Locations
import Testing

@Suite struct MaskingTests {
    @Test(arguments: [
        ("https://u:p@h:1/t/tok/c?sig=1", "https://*****@h:1/t/*****/c?*****"),
        ("https://h/art/t/tok/ch/noarch", "https://h/art/t/*****/ch/noarch"),
        ("https://h/a/t/one/b/t/two/c", "https://h/a/t/*****/c"),
        ("https://h/t/tok", "https://h/t/*****"),
        ("https://h/ch/x-1-0.conda?sig=s&x=1", "https://h/ch/x-1-0.conda?*****"),
        ("https://h/ch#access", "https://h/ch#*****"),
        ("two: http://a@h/x, and https://h/t/k/y.", "two: http://*****@h/x, and https://h/t/*****/y."),
        ("git+https://tok@h/x.git@main#egg=x", "git+https://*****@h/x.git@main#egg=x"),
        ("https://u:p/w@h/x", "https://*****@h/x"), ("https://u:p#w@h/x", "https://*****@h/x"),
        ("HTTPS://u:p@h/T/x", "HTTPS://*****@h/T/x"), ("`https://h/x?s`: no", "`https://h/x?*****`: no"),
        ("https://h//t//tok/c", "https://h//t//*****/c"), ("https://h/a/%74/tok/c", "https://h/a/%74/*****/c"),
        ("u:p@h/c", "u:*****@h/c"), ("`http:/u:p@h:1/c`: no", "`http:/u:*****@h:1/c`: no"),
        ("h.org/t/tok/c", "h.org/t/*****/c"), ("[h:80/t/tok/c]", "[h:80/t/*****/c]"),
        ("x=h.o/a/%74/k", "x=h.o/a/%74/*****"),
        ("//https://a:b@h", "//https://*****@h"), ("https://a:b@h?c@d", "https://*****@h?*****"),
    ])
    func secretsAreMasked(text: String, shown: String) { #expect(text.maskingSecrets == shown) }

    @Test(arguments: [
        "https://h/c", "/some/file", "file:///home/t/data/ch", "https://h/t/noarch/x-1-0.conda",
        "https://h/p/t/x.conda",
        "numpy:x", "conda-forge::zlib", "git@h:u/r.git@v1", "image:tag@sha256:0", "a.yml:3: x@y", "https://h:80/x@y",
        "https://[::1]:80/x", "C:/t/x", "data/t/x/y", "./a.d/t/x/y", "/a.b/t/x/y", "../t/x/y", "a.b/tt/x",
        "h.org/t/noarch/x.conda",
        "https://h/x.conda#d41d8cd98f00b204e9800998ecf8427e", "pip @ https://h/x.whl#egg=pip&subdirectory=a/b",
    ])
    func restStays(text: String) { #expect(text.maskingSecrets == text) }

    /// A slash in it makes no URL of it, and what looks like a token is a part of it.
    @Test func passwordsMayHoldMarks() throws {
        for password in ["a/t/b", "a/t/b?c", "a#b/t/c"] {
            let (plain, credentials) = "https://me:\(password)@h/c".separatingCredentials
            #expect(plain == "https://h/c" && credentials?.password == password && credentials?.token == nil)
        }
    }

    @Test func credentialsRememberTheirPlace() throws {
        let (plain, found) = "https://us%40er:p%3Aw@h/art/t/tok/ch".separatingCredentials
        #expect(plain == "https://h/art/ch")
        #expect(found == URLCredentials(user: "us@er", password: "p:w", token: "tok", tokenPath: "/art"))
        #expect("https://h/t/k/ch".separatingCredentials.credentials?.tokenPath == "")
        #expect("https://h/a//t//k/ch".separatingCredentials.plain == "https://h/a//ch")
        #expect("file:///a/t/b/c".separatingCredentials.credentials == nil)
        #expect("https://h/ch".separatingCredentials.plain == "https://h/ch")
    }

    @Test(
        arguments: [
            (nil, "https://h/c/noarch/"), ("", "https://h/c/noarch/"), ("../x", "https://h/c/x/"),
            ("/y", "https://h/y/"),
            ("../../../../z", "https://h/z/"), ("https://o/p", "https://o/p/"), ("//o/p", "https://o/p/"),
            ("https://u:p@o/t/k/p", "https://o/p/"), ("x?q#f", "https://h/c/noarch/x/"),
            ("a b", "https://h/c/noarch/a%20b/"),
            ("http://o/p", nil), ("file:///etc", nil), ("file:/etc", nil), ("FILE:///etc", nil), ("file:etc", nil),
            ("ftp://o/p", nil), ("javascript:x", nil),
        ] as [(String?, String?)])
    func directoriesOfDocuments(reference: String?, meant: String?) {
        #expect("https://h/c/noarch/repodata.json".resolvingDirectory(reference) == meant)
    }

    @Test func schemesOfDocuments() {
        #expect("http://h/c/repodata.json".resolvingDirectory("http://o/p") == "http://o/p/")
        #expect("http://h/c/repodata.json".resolvingDirectory("https://o/p") == "https://o/p/")
        #expect("http://h/c/repodata.json".resolvingDirectory("file:///p") == nil)
        #expect("file:///c/repodata.json".resolvingDirectory("https://o/p") == "https://o/p/")
        #expect("file:///c/noarch/repodata.json".resolvingDirectory("../x") == "file:///c/x/")
    }
}
