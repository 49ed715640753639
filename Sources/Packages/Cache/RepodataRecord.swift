// SPDX-License-Identifier: BSD-3-Clause
import Codecs
package import Conda
import Failures
import Platform

/// The text of `info/repodata_record.json` (Rules §15.3): what the channel says, and from the package what it
/// does not.
enum RepodataRecord {
    static func bytes(_ record: PackageRecord, _ package: ExtractedPackage) throws(Failure) -> [UInt8] {
        let index = try JSON.parse(package.index, subject: "info/index.json")
        var record = record.completed(by: index)
        record.sha256 = package.sha256
        record.size = package.archiveSize
        record.md5 = record.md5 ?? package.md5
        var members = record.members
        for member in index.object ?? [] where members[member.key] == nil {
            if member.key == "track_features", isEmpty(member.value) { continue }
            members.append(member)
        }
        return JSON.object(members).sortedByKey.serialized(indent: 2)
    }

    private static func isEmpty(_ value: JSON) -> Bool {
        value.isNull || value.string?.isEmpty ?? false || value.array?.isEmpty ?? false
    }
}

extension PackageRecord {
    /// A record made from nothing but a URL (`@EXPLICIT`) knows no dependencies and no size; `index`, the package's own
    /// `info/index.json`, does. A channel's record stays as it is: its empty lists may be patches.
    func completed(by index: JSON) -> PackageRecord {
        guard size == nil, let own = try? PackageRecord(json: index, subject: "info/index.json") else { return self }
        var record = self
        record.buildNumber = own.buildNumber
        record.depends = own.depends
        record.constrains = own.constrains
        record.trackFeatures = own.trackFeatures
        record.flags = own.flags
        record.noarch = own.noarch
        record.timestamp = timestamp ?? own.timestamp
        record.license = license ?? own.license
        record.licenseFamily = licenseFamily ?? own.licenseFamily
        record.pythonSitePackagesPath = pythonSitePackagesPath ?? own.pythonSitePackagesPath
        record.otherKeys += own.otherKeys.filter { self.otherKeys[$0.key] == nil }
        return record
    }
}

extension CacheEntry {
    /// `record` with what only the package and its archive tell: digests, size and, for a record made from a URL, what
    /// `info/index.json` says.
    package func completing(_ record: PackageRecord) -> PackageRecord {
        var record = record
        if record.size == nil, let bytes = try? readFile(directory + "/info/index.json", limit: 1 << 24),
            let index = try? JSON.parse(bytes, subject: "info/index.json")
        {
            record = record.completed(by: index)
        }
        record.sha256 = record.sha256 ?? facts.sha256
        record.md5 = record.md5 ?? facts.md5
        record.size = record.size ?? facts.archiveSize
        return record
    }
}
