// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Foundation
import Testing

@testable import Transport

private let nghttpd = ["/usr/sbin/nghttpd", "/usr/bin/nghttpd", "/usr/local/bin/nghttpd"]
    .first { FileManager.default.isExecutableFile(atPath: $0) }

/// Against nghttp2's own server; skipped where it is not installed (Debian: nghttp2-server).
@Suite(.enabled(if: nghttpd != nil, "nghttpd is not installed"))
struct HTTP2Tests {
    /// Serves 400 small files, runs `body`, and gives the number of connections.
    private func serve(_ body: (String) throws -> Void) throws -> Int {
        let folder = URL(fileURLWithPath: NSTemporaryDirectory() + "h2-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for index in 0..<400 {
            try Data(FaultServer.content(index * 10)).write(to: folder.appendingPathComponent("\(index)"))
        }
        let certificate = FaultServer.shared.certificate
        let key = certificate.replacing("ca.pem", with: "key.pem")
        let log = folder.appendingPathComponent("log")
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(nghttpd))
        let port = Int.random(in: 20000..<60000)
        process.arguments = ["-v", "-d", folder.path, "\(port)", key, certificate]
        process.standardOutput = try FileHandle(forWritingTo: log)
        try process.run()
        // It inherits a mask that blocks SIGTERM.
        defer {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        // The connection is refused, and tried again, until the server listens.
        try body("https://localhost:\(port)")
        let text = String(decoding: try Data(contentsOf: log), as: UTF8.self)
        return Set(text.matches(of: #/\[id=(\d+)\]/#).map(\.output.1)).count
    }

    private func transport() -> Transport {
        var settings = quickSettings(retries: 12)
        settings.trust.explicitFile = FaultServer.shared.certificate
        return Transport(settings)
    }

    @Test func smallBodiesShareAConnection() throws {
        let connections = try serve { base in
            let transport = transport()
            #expect(try transport.fetch(Request("\(base)/1")).body.count == 10)
            var count = 0
            try transport.fetchAll((0..<400).map { Request("\(base)/\($0)") }) { index, result throws(Failure) in
                if try result.get().body.count == index * 10 { count += 1 }
            }
            #expect(count == 400)
        }
        #expect((1...2).contains(connections))
    }
}
