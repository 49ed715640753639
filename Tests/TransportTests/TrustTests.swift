// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Foundation
import Testing

@testable import Transport

@Suite struct TrustTests {
    let server = FaultServer.shared

    private func fetch(_ change: (inout TransportSettings) -> Void) throws -> Response {
        var settings = quickSettings(retries: 0)
        change(&settings)
        return try Transport(settings).fetch(Request("\(server.secureBase)/file/10"))
    }

    @Test func unknownAuthorityIsRefused() {
        let failure = #expect(throws: Failure.self) { try fetch { _ in } }
        #expect(failure?.code == .network)
        #expect(failure?.hint?.contains("--cacert") == true)
    }

    @Test func sources() throws {
        #expect(try fetch { $0.trust.explicitFile = server.certificate }.status == 200)
        #expect(try fetch { $0.trust.configured = [server.certificate] }.status == 200)
        for name in ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"] {
            #expect(try fetch { $0.trust.environment = [name: server.certificate] }.status == 200)
        }
        #expect(try fetch { $0.trust.insecure = true }.status == 200)
    }

    @Test func unreadableFileIsPassedOver() throws {
        let response = try fetch { settings in
            settings.trust.configured = ["/does/not/exist"]
            settings.trust.environment = ["SSL_CERT_FILE": "/dev/null", "CURL_CA_BUNDLE": server.certificate]
        }
        #expect(response.status == 200)
        let failure = #expect(throws: Failure.self) { try fetch { $0.trust.explicitFile = "/does/not/exist" } }
        #expect(failure?.code == .usage)
    }

    @Test func directory() throws {
        let folder = NSTemporaryDirectory() + "certs-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.copyItem(atPath: server.certificate, toPath: folder + "/ca.pem")
        let rehash = Process()
        rehash.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        rehash.arguments = ["openssl", "rehash", folder]
        try rehash.run()
        rehash.waitUntilExit()
        #expect(try fetch { $0.trust.environment = ["SSL_CERT_DIR": "/none:\(folder)"] }.status == 200)
    }

    @Test func manyOverOneStore() throws {
        var settings = quickSettings()
        settings.trust.explicitFile = server.certificate
        var count = 0
        let requests = (0..<100).map { Request("\(server.secureBase)/file/\($0)") }
        try Transport(settings).fetchAll(requests) { index, result throws(Failure) in
            if try result.get().body.count == index { count += 1 }
        }
        #expect(count == 100)
    }
}
