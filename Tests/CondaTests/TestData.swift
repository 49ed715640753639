// SPDX-License-Identifier: BSD-3-Clause
import Foundation

/// Real data beside the project; `KRAIT_TEST_DATA` names another place.
enum TestData {
    static let root: URL = {
        if let path = ProcessInfo.processInfo.environment["KRAIT_TEST_DATA"] { return URL(fileURLWithPath: path) }
        return URL(fileURLWithPath: #filePath).deletingLastPathComponent()  // CondaTests
            .deletingLastPathComponent()  // Tests
            .deletingLastPathComponent()  // the package
            .deletingLastPathComponent()
            .appendingPathComponent("shared/data")
    }()

    /// Whether the data is there at all.
    static let isPresent = FileManager.default.fileExists(atPath: root.appendingPathComponent("conformance").path)

    static func lines(_ path: String) throws -> [String] {
        let text = try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        return lines
    }

    /// Rows of a tab separated table without its heading; empty fields are kept.
    static func table(_ path: String) throws -> [[String]] {
        try lines(path).dropFirst().map {
            $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
    }

    /// The objects of a file with one JSON object a line.
    static func objects(_ path: String) throws -> [[String: Any]] {
        try lines(path).filter { !$0.isEmpty }.compactMap {
            try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
        }
    }

    static func object(_ path: String) throws -> [String: Any] {
        let data = try Data(contentsOf: root.appendingPathComponent(path))
        return try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
    }
}
