// SPDX-License-Identifier: BSD-3-Clause
package import Codecs
package import Conda
package import Failures
import Locations

/// One conda package of a lock file.
package struct LockedPackage: Sendable, Equatable {
    /// What the lock file says; what it leaves out is filled from the archive at installation.
    package var record: PackageRecord
    /// `main`, `dev`, … (`conda-lock.yml` only).
    package var category: String

    package init(record: PackageRecord, category: String = "main") {
        self.record = record
        self.category = category
    }
}

/// One package from PyPI, a URL or a directory that a lock file names.
package struct LockedRequirement: Sendable, Equatable {
    /// Empty where the lock leaves the name to the archive.
    package var name: String
    package var version: String
    /// URL, or a path relative to the lock file.
    package var location: String
    package var sha256: SHA256Digest?
    package var md5: MD5Digest?
    package var isEditable = false
    package var category = "main"
    /// What it needs, where the lock says so: `name constraint`.
    package var depends: [String] = []

    package init(name: String, version: String, location: String) {
        self.name = name
        self.version = version
        self.location = location
    }
}

/// What a lock file holds for one platform.
package struct LockedEnvironment: Sendable, Equatable {
    /// As written, best first.
    package var channels: [String] = []
    package var packages: [LockedPackage] = []
    package var requirements: [LockedRequirement] = []
    /// URLs of package indexes for pip, as written.
    package var indexes: [String] = []

    package init() {}
}

extension PackageRecord {
    /// The record of an archive of which only the place is known (Rules §9.1 rule 2, §19.4).
    ///
    /// - Parameter location: a URL, or a path; `…/CHANNEL/SUBDIR/NAME-VERSION-BUILD.EXTENSION`.
    /// - Throws: `Failure(.parse)` when the last component is no archive's name.
    package init(archiveAt location: String, subject: String) throws(Failure) {
        let plain = location.separatingCredentials.plain
        let bytes = Array(plain.utf8)
        let nameStart = bytes.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        let fileName = String(decoding: bytes[nameStart...], as: UTF8.self).percentDecoded
        let file: DistributionFileName
        do {
            file = try DistributionFileName(fileName)
        } catch {
            throw Failure(.parse, subject, "`\(location.maskingSecrets)`: \(error.reason)", cause: error)
        }
        let folder = bytes[..<max(nameStart - 1, 0)]
        let parentStart = folder.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        let parent = String(decoding: folder[parentStart...], as: UTF8.self)
        let isSubdir = Subdir.known.contains(parent)
        let channel = isSubdir ? folder[..<max(parentStart - 1, 0)] : folder
        self.init(
            name: file.name, version: file.version, build: file.build, subdir: isSubdir ? parent : "noarch",
            fileName: fileName, url: plain, channel: String(decoding: channel, as: UTF8.self))
        buildNumber = Self.buildNumber(ofBuild: file.build)
        if subdir == "noarch" { noarch = file.build.holds("py") ? .python : .generic }
    }

    /// The trailing digits of a build string, as build tools put the build number there; 0 when there are none.
    package static func buildNumber(ofBuild build: String) -> UInt64 {
        let digits = build.utf8.reversed().prefix { (0x30...0x39).contains($0) }.reversed()
        return UInt64(String(decoding: Array(digits), as: UTF8.self)) ?? 0
    }
}
