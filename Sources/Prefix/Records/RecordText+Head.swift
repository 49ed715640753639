// SPDX-License-Identifier: BSD-3-Clause

import Codecs
import Conda

extension RecordText {
    /// Appends the members that come from the channel's record and those about the cache, each with a comma.
    mutating func head(of package: LinkPackage, link: LinkMethod) {
        fields(of: package.record)
        if let path = package.archivePath { member("package_tarball_full_path", path) }
        if !package.isStaged { member("extracted_package_dir", package.source) }
        raw("  \"link\": {\"source\": ")
        string(package.isStaged ? "" : package.source)
        raw(", \"type\": ")
        number(UInt64(link.recorded))
        raw("},\n")
        requested(package.requestedSpecs)
    }

    /// Appends what the channel's record says.
    mutating func fields(of record: PackageRecord) {
        for field in RecordField.allCases {
            if let value = record.value(of: field) {
                member(field.key, value)
            } else if [.subdir, .fileName, .url, .channel].contains(field) {
                // conda refuses a record without them.
                member(field.key, "")
            }
        }
        for other in record.otherKeys where RecordField(other.key) == nil && !Self.installedKeys.contains(other.key) {
            raw("  ")
            string(other.key)
            raw(": ")
            other.value.serialized(indent: nil).withUnsafeBytes { raw($0) }
            raw(",\n")
        }
    }

    /// Appends the members that tell what the user asked for.
    mutating func requested(_ specs: [String]) {
        guard let first = specs.first else { return }
        member("requested_spec", first)
        member("requested_specs", specs)
    }

    /// Keys that this installation writes.
    static let installedKeys: Set<String> = [
        "package_tarball_full_path", "extracted_package_dir", "link", "requested_spec", "requested_specs", "files",
        "paths_data", "left_out", "auth",
    ]

    /// A value of a record's own field: a text, a number or texts.
    private mutating func member(_ key: StaticString, _ value: JSON) {
        switch value {
        case .string(let text): member(key, text)
        case .array(let values): member(key, values.compactMap(\.string))
        default:
            begin(key)
            value.serialized(indent: nil).withUnsafeBytes { raw($0) }
            raw(",\n")
        }
    }

    private mutating func member(_ key: StaticString, _ value: String) {
        begin(key)
        string(value)
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
