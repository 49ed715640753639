// SPDX-License-Identifier: BSD-3-Clause
import Testing

@testable import Transport

@Suite struct PureTests {
    @Test func addresses() throws {
        let full = try #require(Address("HTTPS://us%40er:p%3Aw@Example.ORG:8443/a/b?c=d#e"))
        #expect(full.scheme == "https")
        #expect(full.host == "example.org")
        #expect(full.port == 8443)
        #expect(full.target == "/a/b?c=d")
        #expect(full.credential == .basic(user: "us@er", password: "p:w"))
        #expect(full.text == "https://example.org:8443/a/b?c=d")
        #expect(Address("http://[::1]:80/x")?.host == "[::1]")
        #expect(Address("http://h")?.target == "/")
        #expect(Address("/a/b")?.isLocal == true)
        #expect(Address("file:///a%20b")?.target == "/a%20b")
        #expect(Address("conda-forge") == nil)
        #expect(Address("http://") == nil)
        #expect(Address("http://h:x/") == nil)
        #expect(try #require(Address("https://h/a")).hasSameOrigin(as: try #require(Address("https://h:443/b"))))
        #expect(!(try #require(Address("https://h/a")).hasSameOrigin(as: try #require(Address("http://h/b")))))
    }

    @Test func tokens() throws {
        let plain = try #require(Address("https://h/chan/x"))
        #expect(plain.addingToken("tk").text == "https://h/t/tk/chan/x")
        #expect(plain.addingToken("tk").addingToken("other").text == "https://h/t/tk/chan/x")
    }

    @Test func masking() {
        #expect(masked("https://u:p@h:1/t/tok/c?sig=1") == "https://*****@h:1/t/*****/c?*****")
        #expect(masked("https://h/c") == "https://h/c")
        #expect(masked("/some/file") == "/some/file")
        #expect(scrubbed("a secret b secret", of: ["secret"]) == "a ***** b *****")
        #expect("\(Credential.bearer("x1y2"))" == "bearer *****")
    }

    @Test func dates() {
        #expect(secondsSince1970(httpDate: "Sun, 06 Nov 1994 08:49:37 GMT") == 784_111_777)
        #expect(secondsSince1970(httpDate: "Thu, 29 Feb 2024 00:00:00 GMT") == 1_709_164_800)
        #expect(secondsSince1970(httpDate: "now") == nil)
        #expect(secondsSince1970(httpDate: "Fri, 31 Dec 9999 23:59:60 GMT") == 253_402_300_800)
        for text in [
            "Mon, 01 Jan 9223372036854775807 00:00:00 GMT", "Mon, 01 Jan -9223372036854775808 00:00:00 GMT",
            "Mon, 9223372036854775807 Jan 2026 00:00:00 GMT", "Mon, 01 Jan 2026 9223372036854775807:00:00 GMT",
            "Mon, 01 Jan 2026 00:00:-9223372036854775808 GMT", "Mon, 01 Jan 10000 00:00:00 GMT",
        ] { #expect(secondsSince1970(httpDate: text) == nil, "\(text)") }
    }

    @Test func pauses() {
        var settings = TransportSettings()
        settings.backoff = 1000
        let policy = RetryPolicy(settings)
        #expect(policy.pause(before: 1, random: 0) == 500)
        #expect(policy.pause(before: 1, random: 999) == 1499)
        #expect(policy.pause(before: 3, random: 0) == 2000)
        #expect(policy.pause(before: 100, random: 0) == 32000)
        #expect(RetryPolicy.pause(retryAfter: "3", now: 0) == 3_000_000_000)
        #expect(RetryPolicy.pause(retryAfter: "Thu, 01 Jan 1970 00:00:09 GMT", now: 4) == 5_000_000_000)
        #expect(RetryPolicy.pause(retryAfter: "Thu, 01 Jan 1970 00:00:09 GMT", now: 40) == 0)
        #expect(RetryPolicy.pause(retryAfter: "soon", now: 0) == nil)
    }

    private func head(_ lines: String...) -> HeaderFields {
        var fields = HeaderFields()
        for line in lines { Array(line.utf8).withUnsafeBufferPointer { fields.take(line: $0) } }
        return fields
    }

    @Test func headersOfTheLastAnswer() {
        let fields = head("HTTP/1.1 302 X", "ETag: \"a\"", "HTTP/2 200", "etag:  \"b\" \r\n", "\r\n")
        #expect(fields.etag == "\"b\"")
        #expect(fields.fields.count == 1)
    }

    @Test func resumptionDecisions() {
        var state = Resumption(expected: nil)
        #expect(state.fields(location: 0).isEmpty)
        #expect(state.begin(status: 200, headers: head("ETag: \"a\"", "Content-Length: 100"), location: 0) == .deliver)
        state.delivered = 40
        #expect(state.fields(location: 0).map(\.value) == ["bytes=40-", "\"a\""])
        #expect(state.fields(location: 1).map(\.value) == ["bytes=40-"])
        var copy = state
        #expect(copy.begin(status: 206, headers: head("Content-Range: bytes 30-99/100"), location: 0) == .deliver)
        #expect(copy.drop(of: 15) == 10)
        copy = state
        #expect(copy.begin(status: 206, headers: head("Content-Range: bytes 41-99/100"), location: 0) != .deliver)
        #expect(copy.begin(status: 206, headers: head("Content-Range: bytes 40-99/101"), location: 0) == .changed)
        #expect(copy.begin(status: 206, headers: head("Content-Range: nonsense"), location: 0) != .deliver)
        #expect(copy.begin(status: 200, headers: head("ETag: \"b\""), location: 0) == .changed)
        #expect(copy.begin(status: 200, headers: head("Content-Length: 99"), location: 1) == .changed)
        #expect(copy.begin(status: 200, headers: head("ETag: \"z\"", "Content-Length: 100"), location: 1) == .deliver)
        #expect(copy.skipping == 40)
        copy = state
        copy.delivered = 100
        #expect(copy.begin(status: 416, headers: head(), location: 0) == .complete)
        // A weak etag is no validator for a range.
        var weak = Resumption(expected: nil)
        _ = weak.begin(status: 200, headers: head("ETag: W/\"a\""), location: 0)
        weak.delivered = 1
        #expect(weak.fields(location: 0).count == 1)
    }
}
