// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Foundation

/// A channel in a directory.
package final class TestChannel {
    package let path: String
    private var records: [String: [String: JSON]] = ["noarch": [:], "linux-64": [:]]

    package init(_ path: String, _ packages: [TestPackage]) throws {
        self.path = path
        try publish(packages)
    }

    package var url: String { "file://" + path }

    /// Adds packages, with their archives and the indexes that know them.
    package func publish(_ packages: [TestPackage]) throws {
        for package in packages {
            let archive = try package.archive()
            guard case .object(let members) = package.index else { continue }
            records[package.subdir, default: [:]][package.fileName] = .object(
                members + [
                    JSONMember("size", .integer(Int64(archive.count))),
                    JSONMember("sha256", .string(sha256(of: archive).hex)),
                    JSONMember("md5", .string(md5(of: archive).hex)),
                ])
            try write(archive, "\(package.subdir)/\(package.fileName)")
        }
        try writeIndexes()
    }

    /// Takes a package out of the index, and its archive away.
    package func withdraw(_ package: TestPackage) throws {
        records[package.subdir]?[package.fileName] = nil
        try FileManager.default.removeItem(atPath: "\(path)/\(package.subdir)/\(package.fileName)")
        try writeIndexes()
    }

    private func writeIndexes() throws {
        for (subdir, known) in records {
            func packages(_ suffix: String) -> JSON {
                .object(
                    known.filter { $0.key.hasSuffix(suffix) }.sorted { $0.key < $1.key }
                        .map { JSONMember($0.key, $0.value) })
            }
            let document: JSON = [
                "info": ["subdir": .string(subdir)], "packages": packages(".tar.bz2"),
                "packages.conda": packages(".conda"), "repodata_version": 1,
            ]
            try write(document.serialized(), "\(subdir)/repodata.json")
        }
    }

    private func write(_ bytes: [UInt8], _ name: String) throws {
        let file = URL(fileURLWithPath: "\(path)/\(name)")
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: file)
    }
}
