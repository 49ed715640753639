// SPDX-License-Identifier: BSD-3-Clause
import Foundation
package import Platform

/// A directory of its own for one test.
package final class TemporaryDirectory {
    package let path = NSTemporaryDirectory() + "krait-scene-\(UUID().uuidString)"

    package init() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    package func write(_ text: String, _ name: String, mode: Int = 0o644) throws {
        let whole = "\(path)/\(name)"
        try FileManager.default.createDirectory(
            atPath: (whole as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: whole))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: whole)
    }

    package func read(_ name: String) throws -> String {
        try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)
    }

    package func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(path)/\(name)") }

    package func mode(_ name: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")[.posixPermissions] as? Int
    }

    /// What a process sees that has this directory as its home.
    package func environment(_ variables: [String: String] = [:]) -> ProcessEnvironment {
        ProcessEnvironment(arguments: ["krait"], variables: variables, currentDirectory: path, homeDirectory: path)
    }
}
