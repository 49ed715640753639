// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Foundation
import Platform
import Testing

@testable import Transport

@Suite struct FetchTests {
    let server = FaultServer.shared

    @Test func smallBody() throws {
        let response = try Transport(quickSettings()).fetch(Request("\(server.base)/file/5000"))
        #expect(response.status == 200)
        #expect(response.body == FaultServer.content(5000))
        #expect(response.headers.etag == "\"v0\"")
    }

    @Test func validatorsAndNotModified() throws {
        let transport = Transport(quickSettings())
        let fresh = try transport.fetch(Request("\(server.base)/etag"))
        #expect(fresh.headers.cacheControl == "max-age=30")
        #expect(fresh.headers.lastModified == "Sun, 06 Nov 1994 08:49:37 GMT")
        let again = try transport.fetch(Request("\(server.base)/etag", headers: [("If-None-Match", "\"e1\"")]))
        #expect(again.status == 304)
        #expect(again.body.isEmpty)
    }

    @Test func finalStatusesAreAnswers() throws {
        let transport = Transport(quickSettings())
        for status in [403, 404, 410] {
            let response = try transport.fetch(Request("\(server.base)/status?status=\(status)"))
            #expect(response.status == status)
            #expect(throws: Failure.self) { try response.requireSuccess() }
        }
        #expect(try server.log("/status").count == 3)
    }

    @Test(arguments: [408, 413, 429, 500, 502, 503, 504])
    func retriesThenSucceeds(status: Int) throws {
        let key = "retry\(status)"
        let url = "\(server.base)/file/100?key=\(key)&errors=3&status=\(status)"
        #expect(try Transport(quickSettings()).fetch(Request(url)).body.count == 100)
        #expect(try server.log(key).count == 4)
    }

    @Test func givesUpAfterRetries() throws {
        let url = "\(server.base)/file/100?key=giveup&errors=99"
        let failure = #expect(throws: Failure.self) { try Transport(quickSettings(retries: 2)).fetch(Request(url)) }
        #expect(failure?.code == .network)
        #expect(failure?.reason.contains("503") == true)
        #expect(try server.log("giveup").count == 3)
    }

    @Test func retryAfterIsHonoured() throws {
        let started = monotonicNanoseconds()
        let url = "\(server.base)/file/100?key=after&errors=1&status=429&retry_after=1"
        #expect(try Transport(quickSettings()).fetch(Request(url)).status == 200)
        #expect(monotonicNanoseconds() - started >= 1_000_000_000)
    }

    @Test func longRetryAfterIsAnError() {
        let url = "\(server.base)/file/100?key=long&errors=1&status=429&retry_after=86400"
        let failure = #expect(throws: Failure.self) { try Transport(quickSettings()).fetch(Request(url)) }
        #expect(failure?.hint?.contains("86400") == true)
    }

    @Test func bodyLimit() {
        let url = "\(server.base)/file/5000"
        #expect(throws: Failure.self) { try Transport(quickSettings()).fetch(Request(url, maximumBody: 4999)) }
    }

    @Test func headersOnly() throws {
        var request = Request("\(server.base)/file/5000")
        request.headersOnly = true
        let response = try Transport(quickSettings()).fetch(request)
        #expect(response.status == 200)
        #expect(response.headers.contentLength == 5000)
        #expect(response.body.isEmpty)
    }

    @Test func compressedOnTheWay() throws {
        var request = Request("\(server.base)/gzip")
        request.allowsEncoding = true
        #expect(try Transport(quickSettings()).fetch(request).body == FaultServer.content(100_000))
    }

    @Test func manySmallBodies() throws {
        let requests = (0..<300).map { Request("\(server.base)/file/\($0)?key=many") }
        var lengths: [Int: Int] = [:]
        try Transport(quickSettings()).fetchAll(requests) { index, result throws(Failure) in
            lengths[index] = try result.get().body.count
        }
        #expect(lengths.count == 300)
        #expect(lengths.allSatisfy { $0.key == $0.value })
    }

    @Test func oneFailureAmongManyEndsTheRest() throws {
        let requests = (0..<20).map { Request("\(server.base)/file/\(1000 + $0)?errors=\($0 == 7 ? 99 : 0)") }
        #expect(throws: Failure.self) {
            try Transport(quickSettings()).fetchAll(requests) { _, result throws(Failure) in _ = try result.get() }
        }
    }

    @Test func deadHost() {
        let request = Request("http://127.0.0.1:1/x")
        let failure = #expect(throws: Failure.self) { try Transport(quickSettings(retries: 1)).fetch(request) }
        #expect(failure?.code == .network)
        #expect(failure?.hint?.contains("https_proxy") == true)
        #expect(failure?.subject == "http://127.0.0.1:1/x")
    }

    @Test func offline() {
        var settings = quickSettings()
        settings.offline = true
        let failure = #expect(throws: Failure.self) { try Transport(settings).fetch(Request("http://h/x")) }
        #expect(failure?.reason.contains("offline") == true)
    }

    @Test func deadFirstMirror() throws {
        let transport = Transport(quickSettings())
        let url = "\(server.base)/file/77"
        let response = try transport.fetch(Request("http://127.0.0.1:1/x", mirrors: ["\(server.base)/none", url]))
        #expect(response.body.count == 77)
        var settings = quickSettings()
        settings.mirrors = [
            ("https://example.org/", ["http://127.0.0.1:1/"]), ("https://example.org/ch", ["http://127.0.0.1:1"]),
            ("https://example.org/chan/", ["http://127.0.0.1:1/", "\(server.base)/"]),
        ]
        #expect(try Transport(settings).fetch(Request("https://example.org/chan/file/12")).body.count == 12)
    }

    @Test func localFiles() throws {
        let path = NSTemporaryDirectory() + "transport test %41 \(UUID().uuidString)"
        try Data("hello".utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let transport = Transport(quickSettings())
        let escaped = path.replacingOccurrences(of: "%", with: "%25").replacingOccurrences(of: " ", with: "%20")
        #expect(try transport.fetch(Request(path)).body == Array("hello".utf8))
        #expect(try transport.fetch(Request("file://" + escaped)).body == Array("hello".utf8))
        #expect(try transport.fetch(Request(path + "x")).status == 404)
        var source = try transport.open(Request("file://" + escaped))
        #expect(try drain(&source) == Array("hello".utf8))
        let pipe = BytePipe()
        _ = try transport.start(Request(path), to: pipe).wait()
        var buffer = [UInt8](repeating: 0, count: 10)
        #expect(try buffer.withUnsafeMutableBytes { try pipe.read(into: $0) } == 5)
    }
}
