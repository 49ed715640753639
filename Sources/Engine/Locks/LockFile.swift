// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
package import Failures
import Manifests
import Platform
import Prefix

/// A lock file that is being written: the packages of one or several platforms.
package struct LockFile: Sendable {
    /// The forms of locks.
    package enum Format: String, Sendable {
        case condaLock = "conda-lock"
        case explicit

        /// `*.txt` and `*.lock` list URLs, all else is a `conda-lock.yml`.
        package init(fileName: String) {
            self = fileName.hasSuffix(".txt") || fileName.hasSuffix(".lock") ? .explicit : .condaLock
        }
    }

    /// What a lock cannot hold, each one sentence.
    package private(set) var warnings: [String] = []
    /// As written, best first.
    var channels: [String] = []
    /// The files it is made from, as written.
    var sources: [String] = []
    private var platforms: [(platform: Subdir, records: [PackageRecord])] = []
    private var requirements: [(platform: String, requirement: LockedRequirement)] = []
    private var hashes: [(platform: String, hash: String)] = []

    package init() {}

    /// Adds a sentence, once.
    mutating func warn(_ text: String) { if !warnings.contains(text) { warnings.append(text) } }

    mutating func add(
        records: [PackageRecord], pip: [PipPackage] = [], locked: [LockedRequirement] = [], platform: Subdir,
        contentHash: String?
    ) {
        platforms.append((platform, records))
        if let contentHash { hashes.append((platform.name, contentHash)) }
        requirements += locked.map { (platform.name, $0) }
        var unknown: [String] = []
        for package in pip where !locked.contains(where: { $0.name == package.normalizedName }) {
            if let requirement = package.locked {
                requirements.append((platform.name, requirement))
            } else {
                unknown.append(package.requirement)
            }
        }
        if !unknown.isEmpty {
            let list = unknown.joined(separator: ", ")
            warn("not locked, since pip does not tell where they came from: \(list)")
        }
    }

    /// - Throws: `Failure(.usage)` for packages without URL or hash, and for several platforms in one list of URLs.
    package func text(_ format: Format) throws(Failure) -> String {
        if format == .explicit {
            guard platforms.count == 1, let (platform, records) = platforms.first else {
                throw Failure(
                    .usage, "explicit", "holds one platform", hint: "lock one --platform, or write a conda-lock.yml")
            }
            let (file, missing) = ExplicitFile.holding(topologicallySorted(records), platform: platform)
            if let missing = missing.first {
                throw Failure(.usage, missing, "no URL is known for it, so it cannot be locked")
            }
            let isStrong = records.allSatisfy { $0.sha256 != nil }
            return file.serialized(hash: isStrong ? .sha256 : .md5)
        }
        var file = CondaLockFile()
        file.channels = channels
        file.sources = sources
        file.platforms = platforms.map(\.platform.name)
        file.contentHashes = hashes
        for (platform, records) in platforms {
            file.packages += records.map { (platform.name, LockedPackage(record: $0)) }
        }
        file.requirements = requirements
        return try file.serialized()
    }
}

extension PipPackage {
    /// As a lock holds it; nil when nobody knows where it came from.
    var locked: LockedRequirement? {
        guard let origin else { return nil }
        var requirement = LockedRequirement(name: normalizedName, version: version, location: "")
        let line = origin.requirement(name: name)
        requirement.isEditable = origin.isEditable
        if case .archive(let url, let hash, _) = origin {
            requirement.location = url
            if let hash, hash.hasPrefix("sha256=") { requirement.sha256 = .init(hex: String(hash.dropFirst(7))) }
        } else if let at = line.split(separator: "@", maxSplits: 1).last, line.holds(" @ ") {
            requirement.location = String(at.drop { $0 == " " })
        } else {
            // A directory that stays where it is: a path.
            requirement.location = origin.localPath ?? line
        }
        return requirement
    }
}
