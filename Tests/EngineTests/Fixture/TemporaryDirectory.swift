// SPDX-License-Identifier: BSD-3-Clause
import Foundation
import Platform

@testable import Engine

/// A directory of its own for one test.
final class TemporaryDirectory {
    let path = NSTemporaryDirectory() + "krait-engine-\(UUID().uuidString)"

    init() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ text: String, _ name: String, mode: Int = 0o644) throws {
        let whole = "\(path)/\(name)"
        try FileManager.default.createDirectory(
            atPath: (whole as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: whole))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: whole)
    }

    func read(_ name: String) throws -> String { try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8) }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(path)/\(name)") }

    func mode(_ name: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")[.posixPermissions] as? Int
    }

    /// What a process sees that has this directory as its home.
    func environment(_ variables: [String: String] = [:]) -> ProcessEnvironment {
        ProcessEnvironment(arguments: ["krait"], variables: variables, currentDirectory: path, homeDirectory: path)
    }
}
