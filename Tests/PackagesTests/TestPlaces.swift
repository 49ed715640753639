// SPDX-License-Identifier: BSD-3-Clause
import Foundation
import Platform

/// Where tests find data and may write.
enum TestPlaces {
    static let packageRoot = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    static let data: String = {
        if let path = ProcessInfo.processInfo.environment["KRAIT_TEST_DATA"] { return path }
        // The build may see the sources through a link; the real place has the data beside it.
        let root = URL(fileURLWithPath: packageRoot).resolvingSymlinksInPath().path
        for candidate in [packageRoot + "/../shared/data", root + "/../shared/data"]
        where FileManager.default.fileExists(atPath: candidate) {
            return candidate
        }
        return packageRoot + "/../shared/data"
    }()

    static var hasPackages: Bool { FileManager.default.fileExists(atPath: data + "/packages") }

    /// A Python that has conda-package-streaming (made by `scripts/setup`).
    static let python: String? = {
        let root = URL(fileURLWithPath: packageRoot + "/Sources").resolvingSymlinksInPath()
            .deletingLastPathComponent().path
        return [packageRoot, root].map { $0 + "/.venv/bin/python" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    /// Every archive in `directory` and below.
    static func archives(below directory: String) -> [String] {
        guard let names = FileManager.default.enumerator(atPath: directory) else { return [] }
        return names.compactMap { $0 as? String }
            .filter { name in
                let file = (name as NSString).lastPathComponent
                return (name.hasSuffix(".conda") || name.hasSuffix(".tar.bz2")) && file != "repodata.tar.bz2"
            }
            .sorted().map { directory + "/" + $0 }
    }

    /// Runs Python on `script`, with `input` in the file named by its first argument, and answers what it printed.
    static func runPython(_ script: String, _ arguments: [String], input: [UInt8]) throws -> [UInt8] {
        let temporary = TemporaryDirectory()
        try writeNewFile(temporary / "input", input)
        return try runProgram(
            [python ?? "/usr/bin/python3", "-c", script, temporary / "input"] + arguments,
            environment: ProcessInfo.processInfo.environment
        ).output
    }
}

/// A directory that is removed with its owner.
final class TemporaryDirectory {
    let path: String

    init() {
        path = NSTemporaryDirectory() + "/krait-test-" + UUID().uuidString
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    static func / (directory: TemporaryDirectory, name: String) -> String { directory.path + "/" + name }
}
