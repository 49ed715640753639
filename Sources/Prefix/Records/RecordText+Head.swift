// SPDX-License-Identifier: BSD-3-Clause

import Codecs
import Conda

extension RecordText {
    /// Appends the members that come from the channel's record and those about the cache, each with a comma.
    mutating func head(of package: LinkPackage, link: LinkMethod) {
        let record = package.record
        member("name", record.name)
        member("version", record.version)
        member("build", record.build)
        raw("  \"build_number\": ")
        number(record.buildNumber)
        raw(",\n")
        member("subdir", record.subdir)
        member("fn", record.fileName)
        member("url", record.url)
        member("channel", record.channel)
        member("depends", record.depends)
        member("constrains", record.constrains)
        if !record.trackFeatures.isEmpty { member("track_features", record.trackFeatures.joined(separator: " ")) }
        if !record.flags.isEmpty { member("flags", record.flags) }
        switch record.noarch {
        case .none: break
        case .generic: member("noarch", "generic")
        case .python: member("noarch", "python")
        }
        if let path = record.pythonSitePackagesPath { member("python_site_packages_path", path) }
        if let license = record.license { member("license", license) }
        if let family = record.licenseFamily { member("license_family", family) }
        if let digest = record.md5 { member("md5", digest.hex) }
        if let digest = record.sha256 { member("sha256", digest.hex) }
        if let size = record.size { member("size", size) }
        if let timestamp = record.timestamp { member("timestamp", timestamp) }
        for other in record.otherKeys where !Self.ownKeys.contains(other.key) {
            raw("  ")
            string(other.key)
            raw(": ")
            bytes.append(contentsOf: other.value.serialized(indent: nil))
            raw(",\n")
        }
        if let path = package.archivePath { member("package_tarball_full_path", path) }
        if !package.isStaged { member("extracted_package_dir", package.source) }
        raw("  \"link\": {\"source\": ")
        string(package.isStaged ? "" : package.source)
        raw(", \"type\": ")
        number(UInt64(link.recorded))
        raw("},\n")
        requested(package.requestedSpecs)
    }

    /// Appends the members that tell what the user asked for.
    mutating func requested(_ specs: [String]) {
        guard let first = specs.first else { return }
        member("requested_spec", first)
        member("requested_specs", specs)
    }

    /// Keys that the record's own fields or this installation write.
    static let ownKeys: Set<String> = [
        "name", "version", "build", "build_number", "subdir", "fn", "url", "channel", "depends", "constrains",
        "track_features", "flags", "noarch", "python_site_packages_path", "license", "license_family", "md5", "sha256",
        "size",
        "timestamp", "package_tarball_full_path", "extracted_package_dir", "link", "requested_spec",
        "requested_specs", "files", "paths_data", "left_out", "auth",
    ]

    private mutating func member(_ key: StaticString, _ value: String) {
        begin(key)
        string(value)
        raw(",\n")
    }

    private mutating func member(_ key: StaticString, _ value: UInt64) {
        begin(key)
        number(value)
        raw(",\n")
    }

    private mutating func member(_ key: StaticString, _ values: [String]) {
        begin(key)
        raw("[")
        for (index, value) in values.enumerated() {
            raw(index == 0 ? "\n    " : ",\n    ")
            string(value)
        }
        raw(values.isEmpty ? "],\n" : "\n  ],\n")
    }

    private mutating func begin(_ key: StaticString) {
        raw("  \"")
        raw(key)
        raw("\": ")
    }
}
