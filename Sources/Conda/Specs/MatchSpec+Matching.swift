// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Locations

extension MatchSpec {
    /// Whether a record of the spec's name with these fields is asked for; channel and other fields are not looked at.
    package func matches(version: Version, build: String, buildNumber: UInt64) -> Bool {
        if let wanted = self.version, !wanted.matches(version) { return false }
        if let wanted = self.build, !wanted.matchesExactly(build) { return false }
        if let wanted = self.buildNumber, !wanted.matches(buildNumber) { return false }
        return true
    }

    /// Whether `name` is asked for.
    package func matches(name: String) -> Bool { self.name.matches(name) }

    /// Whether a channel is asked for: by its name, its URL, or the name of the list it came from.
    package func matches(channel: Channel) -> Bool {
        guard let wanted = self.channel else { return true }
        if wanted.matches(channel.name) || channel.collection.map(wanted.matches) == true { return true }
        return Self.isChannel(wanted, at: channel.baseURL)
    }

    /// Whether `record` answers every field; `when` and `extras` say what follows from the spec, not what it matches.
    package func matches(_ record: PackageRecord) -> Bool {
        guard matches(name: record.name) else { return false }
        if let build, !build.matchesExactly(record.build) { return false }
        if let buildNumber, !buildNumber.matches(record.buildNumber) { return false }
        if let subdir, !subdir.matches(record.subdir) { return false }
        if let channel, !Self.isChannel(channel, at: record.channel) { return false }
        if let version {
            guard let candidate = try? Version(record.version), version.matches(candidate) else { return false }
        }
        return !hasDetails || details.matches(record)
    }

    /// Compares a wanted channel with a base URL: as a URL, or as the path that names it on its server.
    private static func isChannel(_ wanted: StringMatcher, at baseURL: String) -> Bool {
        let (plain, _) = baseURL.separatingCredentials
        guard case .exact(let text) = wanted else { return wanted.matches(plain) }
        if text.hasURLScheme {
            return Channel(baseURL: text, name: text) == Channel(baseURL: plain, name: plain)
        }
        return text == plain || plain.hasSuffix("/\(text)")
    }
}

extension MatchSpec.Details {
    /// Whether `record` answers these fields.
    func matches(_ record: PackageRecord) -> Bool {
        if let fileName, !fileName.matchesExactly(record.fileName) { return false }
        if let url, url != PackageURL(record.url) { return false }
        if let md5, record.md5?.hex != md5 { return false }
        if let sha256, record.sha256?.hex != sha256 { return false }
        if let license, record.license.map(license.matches) != true { return false }
        if let licenseFamily, record.licenseFamily.map(licenseFamily.matches) != true { return false }
        guard trackFeatures.allSatisfy(record.trackFeatures.contains) else { return false }
        return flags.allSatisfy { wanted in record.flags.contains(where: wanted.matches) }
    }
}
