// SPDX-License-Identifier: BSD-3-Clause
package import Codecs

/// One package as a channel, a lock file or an archive describes it (CEP 36, Rules §4.2).
package struct PackageRecord: Sendable, Equatable {
    package var name: String
    package var version: String
    package var build: String
    package var buildNumber: UInt64 = 0
    /// `linux-64`, `noarch`, …
    package var subdir: String
    /// `numpy-2.1.0-py311_0.conda`
    package var fileName: String
    /// Where the archive is, without credentials.
    package var url: String
    /// The channel's base URL without subdir and credentials.
    package var channel: String
    package var depends: [String] = []
    package var constrains: [String] = []
    package var trackFeatures: [String] = []
    /// CEP 45: the variants this build is; `v3` repodata only.
    package var flags: [String] = []
    package var noarch: Noarch = .none
    package var sha256: SHA256Digest?
    package var md5: MD5Digest?
    /// Bytes of the archive.
    package var size: UInt64?
    /// As the channel wrote it (usually ms since 1970).
    package var timestamp: UInt64?
    package var license: String?
    package var licenseFamily: String?
    /// Honoured on `python` only (CEP 17).
    package var pythonSitePackagesPath: String?
    /// Every other key of the record in order; carried into conda-meta (`arch`, `platform`, `purls`, …).
    package var otherKeys: [JSONMember] = []

    package init(
        name: String, version: String, build: String, buildNumber: UInt64 = 0, subdir: String, fileName: String,
        url: String, channel: String
    ) {
        self.name = name
        self.version = version
        self.build = build
        self.buildNumber = buildNumber
        self.subdir = subdir
        self.fileName = fileName
        self.url = url
        self.channel = channel
    }

    /// `name-version-build`, the stem of its file and of its conda-meta record.
    package var distribution: String { "\(name)-\(version)-\(build)" }
}
