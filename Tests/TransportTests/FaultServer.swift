// SPDX-License-Identifier: BSD-3-Clause
import Foundation

@testable import Transport

/// The misbehaving web server, one process for all tests of this target.
final class FaultServer: Sendable {
    static let shared = FaultServer()
    let base: String
    let secureBase: String
    let certificate: String
    private let process: Process
    private let input: Pipe

    private init() {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "faultserver.py")
        process = Process()
        input = Pipe()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", script.path]
        process.standardInput = input
        process.standardOutput = output
        do { try process.run() } catch { fatalError("python3 cannot be started: \(error)") }
        var line = Data()
        while let byte = try? output.fileHandleForReading.read(upToCount: 1), !byte.isEmpty, byte[0] != 10 {
            line += byte
        }
        let words = String(decoding: line, as: UTF8.self).split(separator: " ")
        base = "http://127.0.0.1:\(words[0])"
        secureBase = "https://localhost:\(words[1])"
        certificate = String(words[2])
    }

    /// What the server saw for a key.
    struct Entry: Decodable {
        var target: String
        var sent: Int
        var range: String?
        var ifRange: String?
        var authorization: String?
        enum CodingKeys: String, CodingKey {
            case target, sent, range, authorization
            case ifRange = "if-range"
        }
    }

    func log(_ key: String) throws -> [Entry] {
        let response = try Transport(TransportSettings()).fetch(Request("\(base)/log?key=\(key)"))
        return try JSONDecoder().decode([Entry].self, from: Data(response.body))
    }

    private static let block = (0..<65536).map { UInt8(truncatingIfNeeded: $0 &* 131 &+ $0 >> 8) }

    /// The bytes that `/file/SIZE` gives.
    static func content(_ size: Int) -> [UInt8] {
        var result: [UInt8] = []
        while result.count < size { result += block }
        return Array(result[..<size])
    }
}

/// Settings that do not wait long.
func quickSettings(retries: Int = 3) -> TransportSettings {
    var settings = TransportSettings()
    settings.backoff = 1_000_000
    settings.retries = retries
    return settings
}

/// Reads a pipe to its end.
func drain(_ source: inout BodySource, piece: Int = 65536) throws -> [UInt8] {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: piece)
    while true {
        let count = try buffer.withUnsafeMutableBytes { try source.read(into: $0) }
        if count == 0 { return all }
        all += buffer[..<count]
    }
}
