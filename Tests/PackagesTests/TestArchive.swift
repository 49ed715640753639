// SPDX-License-Identifier: BSD-3-Clause
import Archives
import Codecs
import Conda
import Failures
import Foundation
import Platform

@testable import Packages

/// A package made by the tests.
struct TestArchive {
    var package = TarBuilder()
    var information = TarBuilder()
    /// The text of `info/paths.json`; nil leaves the file out.
    var paths: String?
    var link: String?
    var index: String? = #"{"name": "hostile", "version": "1", "build": "0", "build_number": 0, "depends": []}"#

    /// A package with nothing wrong.
    static func honest() -> TestArchive {
        var archive = TestArchive()
        archive.package.add("bin/tool", data: "#!/bin/sh\n", mode: 0o755)
        archive.package.add("lib/data.txt", data: "data")
        return archive
    }

    func informationTar() -> [UInt8] {
        var tar = information
        if let index { tar.add("info/index.json", data: index) }
        if let paths { tar.add("info/paths.json", data: paths) }
        if let link { tar.add("info/link.json", data: link) }
        return tar.finished()
    }

    func conda() throws -> [UInt8] {
        try Self.conda(package: zstdCompress(package.finished()), information: zstdCompress(informationTar()))
    }

    static func conda(package: [UInt8], information: [UInt8]) -> [UInt8] {
        var zip = ZipBuilder()
        zip.add("metadata.json", Array(#"{"conda_pkg_format_version": 2}"#.utf8))
        zip.add("pkg-hostile-1-0.tar.zst", package)
        zip.add("info-hostile-1-0.tar.zst", information)
        return zip.finished()
    }

    /// One tar with everything, info first.
    func wholeTar() -> [UInt8] { Array(informationTar().dropLast(1024)) + package.finished() }

    func tarBzip2() throws -> [UInt8] { bzip2Compress(wholeTar()) }

    static func record(_ fileName: String, _ bytes: [UInt8]) -> PackageRecord {
        var record = PackageRecord(
            name: "hostile", version: "1", build: "0", subdir: "noarch", fileName: fileName,
            url: "https://example.invalid/noarch/\(fileName)", channel: "https://example.invalid")
        record.sha256 = sha256(of: bytes)
        record.size = UInt64(bytes.count)
        return record
    }
}

func zstdCompress(_ bytes: [UInt8]) throws -> [UInt8] { try Codecs.zstdCompress(bytes, subject: "test") }
