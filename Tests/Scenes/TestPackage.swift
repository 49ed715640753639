// SPDX-License-Identifier: BSD-3-Clause
import Archives
package import Codecs
import Foundation

/// A package of a channel that a test makes.
package struct TestPackage: Sendable {
    package var name: String
    package var version: String
    package var build = "0"
    package var buildNumber = 0
    package var subdir = "noarch"
    package var depends: [String]
    package var constrains: [String] = []
    /// Text by path; ``placeholder`` in it stands for the prefix.
    package var files: [String: String]
    package var license = "BSD-3-Clause"
    /// The day it was made, of January 2026.
    package var day = 1
    package var suffix = ".conda"
    /// Of `info/index.json` and the channel's index, beside those that all packages have.
    package var more: [JSONMember] = []

    /// `app 2.0`, with a file of its name.
    package init(_ text: String, _ depends: [String] = [], files: [String: String] = [:]) {
        let words = text.split(separator: " ").map { String($0) }
        name = words[0]
        version = words[1]
        if words.count > 2 { build = words[2] }
        self.depends = depends
        self.files = ["share/\(words[0]).txt": "\(text)\n"].merging(files) { _, own in own }
    }

    /// With what `change` does to it.
    package func with(_ change: (inout TestPackage) -> Void) -> TestPackage {
        var copy = self
        change(&copy)
        return copy
    }

    package static let placeholder = "/placeholder_placeholder_placeholder_placeholder_placeholder"

    package var distribution: String { "\(name)-\(version)-\(build)" }
    package var fileName: String { distribution + suffix }

    /// `info/index.json`.
    package var index: JSON {
        .object(
            [
                JSONMember("name", .string(name)), JSONMember("version", .string(version)),
                JSONMember("build", .string(build)), JSONMember("build_number", .integer(Int64(buildNumber))),
                JSONMember("subdir", .string(subdir)), JSONMember("depends", .strings(depends)),
                JSONMember("constrains", .strings(constrains)), JSONMember("license", .string(license)),
                JSONMember("timestamp", .integer(1_767_225_600_000 + Int64(day - 1) * 86_400_000)),
            ] + more)
    }

    private var paths: JSON {
        let paths = files.sorted { $0.key < $1.key }.map { path, text in
            var members = [
                JSONMember("_path", .string(path)), JSONMember("path_type", "hardlink"),
                JSONMember("sha256", .string(sha256(of: Array(text.utf8)).hex)),
                JSONMember("size_in_bytes", .integer(Int64(text.utf8.count))),
            ]
            if text.contains(Self.placeholder) {
                members += [
                    JSONMember("prefix_placeholder", .string(Self.placeholder)), JSONMember("file_mode", "text"),
                ]
            }
            return JSON.object(members)
        }
        return ["paths": .array(paths), "paths_version": 1]
    }

    /// The archive, as its suffix says.
    package func archive() throws -> [UInt8] {
        var information = TarBuilder()
        information.add("info/index.json", data: String(decoding: index.serialized(), as: UTF8.self))
        information.add("info/paths.json", data: String(decoding: paths.serialized(), as: UTF8.self))
        var content = TarBuilder()
        for (path, text) in files.sorted(by: { $0.key < $1.key }) {
            content.add(path, data: text, mode: path.hasPrefix("bin/") ? 0o755 : 0o644)
        }
        if suffix == ".tar.bz2" { return bzip2Compress(information.bytes + content.finished()) }
        var zip = ZipBuilder()
        zip.add("metadata.json", Array(#"{"conda_pkg_format_version": 2}"#.utf8))
        zip.add("pkg-\(distribution).tar.zst", try zstdCompress(content.finished(), subject: name))
        zip.add("info-\(distribution).tar.zst", try zstdCompress(information.finished(), subject: name))
        return zip.finished()
    }
}
