// SPDX-License-Identifier: BSD-3-Clause
package import Codecs
import Locations

/// A key of a package record that has a property of its own, whoever wrote the record: `repodata.json`, `index.json`,
/// `repodata_record.json` or conda-meta (CEP 36, Rules §4.2). In the order in which records are written.
///
/// A new key is a case here and a line in each of ``key``, ``PackageRecord/set(_:_:)`` and ``PackageRecord/value(of:)``;
/// the compiler asks for all three.
package enum RecordField: CaseIterable, Sendable {
    case name, version, build, buildNumber, depends, constrains, trackFeatures, flags, noarch, license, licenseFamily
    case md5, sha256, size, timestamp, pythonSitePackagesPath, subdir, fileName, url, channel

    package var key: StaticString {
        switch self {
        case .name: "name"
        case .version: "version"
        case .build: "build"
        case .buildNumber: "build_number"
        case .depends: "depends"
        case .constrains: "constrains"
        case .trackFeatures: "track_features"
        case .flags: "flags"
        case .noarch: "noarch"
        case .license: "license"
        case .licenseFamily: "license_family"
        case .md5: "md5"
        case .sha256: "sha256"
        case .size: "size"
        case .timestamp: "timestamp"
        case .pythonSitePackagesPath: "python_site_packages_path"
        case .subdir: "subdir"
        case .fileName: "fn"
        case .url: "url"
        case .channel: "channel"
        }
    }

    /// The field of a key; nil for keys that are carried along as they are.
    package init?(_ key: JSONText) {
        guard let field = Self.allCases.first(where: { key == $0.key }) else { return nil }
        self = field
    }

    /// The field of a key; nil for keys that are carried along as they are.
    package init?(_ key: String) {
        var key = key
        let field = key.withUTF8 { RecordField(JSONText(bytes: UnsafeRawBufferPointer($0), hasEscapes: false)) }
        guard let field else { return nil }
        self = field
    }
}

extension PackageRecord {
    /// Takes over what a record says of a field; a value of another kind says nothing.
    ///
    /// Old records have `track_features` as one text, `noarch: true` and null checksums. Credentials are left out.
    package mutating func set(_ field: RecordField, _ value: JSON) {
        switch field {
        case .name: name = value.string ?? ""
        case .version: version = value.string ?? ""
        case .build: build = value.string ?? ""
        case .buildNumber: buildNumber = value.unsigned ?? 0
        case .depends: depends = Self.texts(value)
        case .constrains: constrains = Self.texts(value)
        case .trackFeatures: trackFeatures = Self.words(value)
        case .flags: flags = Self.texts(value)
        case .noarch: noarch = Noarch(json: value)
        case .license: license = value.string
        case .licenseFamily: licenseFamily = value.string
        case .md5: md5 = value.string.flatMap { MD5Digest(hex: $0) }
        case .sha256: sha256 = value.string.flatMap { SHA256Digest(hex: $0) }
        case .size: size = value.unsigned
        case .timestamp: timestamp = value.unsigned
        case .pythonSitePackagesPath: pythonSitePackagesPath = value.string
        case .subdir: subdir = value.string ?? ""
        case .fileName: fileName = value.string ?? ""
        case .url: url = Self.location(value.string)
        // Old conda wrote the parts of it.
        case .channel: channel = Self.location((value["base_url"] ?? value["name"] ?? value).string)
        }
    }

    /// What a record has for a field; nil where the key is left out. Credentials never are in it.
    package func value(of field: RecordField) -> JSON? {
        func unlessEmpty(_ text: String) -> JSON? { text.isEmpty ? nil : .string(text) }
        return switch field {
        case .name: .string(name)
        case .version: .string(version)
        case .build: .string(build)
        case .buildNumber: .count(buildNumber)
        case .depends: .array(depends.map { .string($0) })
        case .constrains: .array(constrains.map { .string($0) })
        case .trackFeatures: unlessEmpty(trackFeatures.joined(separator: " "))
        case .flags: flags.isEmpty ? nil : .array(flags.map { .string($0) })
        case .noarch: noarch.text.map { .string($0) }
        case .license: license.map { .string($0) }
        case .licenseFamily: licenseFamily.map { .string($0) }
        case .md5: md5.map { .string($0.hex) }
        case .sha256: sha256.map { .string($0.hex) }
        case .size: size.map { .count($0) }
        case .timestamp: timestamp.map { .count($0) }
        case .pythonSitePackagesPath: pythonSitePackagesPath.map { .string($0) }
        case .subdir: unlessEmpty(subdir)
        case .fileName: unlessEmpty(fileName)
        case .url: unlessEmpty(Self.location(url))
        case .channel: unlessEmpty(Self.location(channel))
        }
    }

    private static func texts(_ json: JSON) -> [String] { json.array?.compactMap(\.string) ?? [] }

    /// A list, or one text with words between spaces or commas.
    private static func words(_ json: JSON) -> [String] {
        guard let text = json.string else { return texts(json).filter { !$0.isEmpty } }
        return text.utf8.split { $0.isSpace || $0 == UInt8(ascii: ",") }.map { String(decoding: $0, as: UTF8.self) }
    }

    private static func location(_ text: String?) -> String { (text ?? "").separatingCredentials.plain }
}
