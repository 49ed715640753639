// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Foundation
import Platform
import Testing

@testable import Configuration

/// A private home directory with files in it, removed at the end.
final class Home {
    let path: String

    init(_ files: [String: String] = [:]) throws {
        path = NSTemporaryDirectory() + "home-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for (name, text) in files { try write(name, text) }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ text: String) throws {
        let file = URL(fileURLWithPath: path).appendingPathComponent(name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    func makeDirectory(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: path + "/" + name, withIntermediateDirectories: true)
    }

    func environment(_ variables: [String: String] = [:]) -> ProcessEnvironment {
        ProcessEnvironment(arguments: ["krait"], variables: variables, currentDirectory: path, homeDirectory: path)
    }

    func settings(
        _ variables: [String: String] = [:], flags: [(key: String, value: String)] = [], targetPrefix: String? = nil
    ) throws -> Settings {
        var sources = Settings.Sources()
        sources.overrides = try flags.map { (try #require(SettingKey.named($0.key)), $0.value) }
        sources.targetPrefix = targetPrefix
        return try Settings.load(environment(variables), sources)
    }
}
