// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Fuzzing
import Testing

@testable import Transport

/// Mutations of what servers say in their heads, and of URLs; `scripts/fuzz` runs them for longer.
@Suite struct TransportFuzzTests {
    @Test func heads() {
        let seeds = [
            "HTTP/1.1 401 x\r\nWWW-Authenticate: Bearer realm=\"https://h/token?a=b\",service=\"s\",scope=\"repository:a/b:pull\"\r\n",
            "HTTP/2 206\r\ncontent-range: bytes 5-9/10\r\netag: \"a\"\r\nretry-after: Wed, 21 Oct 2026 07:28:00 GMT\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\nContent-Encoding: gzip, br\r\nCache-Control: max-age=1\r\n",
            "https://us%40er:p@h.example:8443/t/tok/c/noarch/a-1!2+x-0.conda?c=d#e",
            "oci://h/ns/linux-64/_a-1-h_0.tar.bz2",
            "s3://b.c/k%20y/repodata.json.zst", "oci://[::1]:5000/a/b@sha256:00",
        ]
        let words = [
            "Bearer ", "Basic", "realm=", "\"", ",", "=", ":", "://", "/", "@", "?", "#", "%", "%00", "[::1]", "bytes ",
            "-",
            "*", "\r\n", "HTTP/1.1 200", ".conda", "repodata.json", "..", "é", "\0", "99999999999999999999",
        ]
        let fuzzer = Fuzzer("heads", seeds: seeds.map { Array($0.utf8) }, words: words)
        let report = fuzzer.run(rounds: 4000) { (bytes, _) in
            var headers = HeaderFields()
            for line in bytes.split(separator: 10, omittingEmptySubsequences: false) {
                (Array(line) + [10]).withUnsafeBufferPointer { headers.take(line: $0) }
            }
            _ = RegistryChallenge(Response(status: 401, headers: headers, body: [], finalURL: "https://h"))
            var resumption = Resumption(expected: nil)
            for status in [200, 206, 416] { _ = resumption.begin(status: status, headers: headers, location: 0) }
            _ = headers["retry-after"].flatMap { RetryPolicy.pause(retryAfter: $0, now: 0) }
            guard let address = Address(String(decoding: bytes, as: UTF8.self)) else { return .refused }
            _ = (OCIFile(address.target), masked(address.text), address.addingToken("t").text)
            return .accepted
        }
        #expect(report.findings.isEmpty, "\(report.findings.prefix(3))")
        #expect(report.accepted > 0)
    }
}
