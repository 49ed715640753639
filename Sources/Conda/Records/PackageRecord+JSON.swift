// SPDX-License-Identifier: BSD-3-Clause
package import Codecs
package import Failures
import Locations

extension PackageRecord {
    /// Keys that have a property of their own.
    private static let knownKeys: Set<String> = [
        "name", "version", "build", "build_number", "subdir", "fn", "url", "channel", "depends", "constrains",
        "track_features", "flags", "noarch", "sha256", "md5", "size", "timestamp", "license", "license_family",
        "python_site_packages_path",
    ]

    /// The record that an object of repodata, `repodata_record.json`, `index.json` or conda-meta holds.
    ///
    /// `fn`, `url`, `channel` and `subdir` may be missing where the place tells them; they are then empty. Old records
    /// have `track_features` as one text, `noarch: true` and null checksums.
    package init(json: JSON, subject: String) throws(Failure) {
        guard let members = json.object else { throw Failure(.parse, subject, "the record is not an object") }
        func text(_ key: String) throws(Failure) -> String {
            guard let value = members[key]?.string, !value.isEmpty else {
                throw Failure(.parse, subject, "the record has no `\(key)`")
            }
            return value
        }
        self.init(
            name: try text("name"), version: try text("version"), build: members["build"]?.string ?? "",
            subdir: members["subdir"]?.string ?? "", fileName: members["fn"]?.string ?? "",
            url: (members["url"]?.string ?? "").separatingCredentials.plain,
            channel: (members["channel"]?.string ?? "").separatingCredentials.plain)
        if build.isEmpty { build = try text("build_string") }
        buildNumber = members["build_number"]?.unsigned ?? 0
        depends = Self.texts(members["depends"])
        constrains = Self.texts(members["constrains"])
        trackFeatures = Self.words(members["track_features"])
        flags = Self.texts(members["flags"])
        noarch = Noarch(json: members["noarch"])
        sha256 = members["sha256"]?.string.flatMap { SHA256Digest(hex: $0) }
        md5 = members["md5"]?.string.flatMap { MD5Digest(hex: $0) }
        size = members["size"]?.unsigned
        timestamp = members["timestamp"]?.unsigned
        license = members["license"]?.string
        licenseFamily = members["license_family"]?.string
        pythonSitePackagesPath = members["python_site_packages_path"]?.string
        otherKeys = members.filter { !Self.knownKeys.contains($0.key) }
    }

    /// The record as `repodata_record.json` and conda-meta have it; credentials never are in it.
    package var json: JSON { .object(members) }

    /// The members of ``json``, in a fixed order.
    package var members: [JSONMember] {
        var members: [JSONMember] = [
            JSONMember("name", .string(name)), JSONMember("version", .string(version)),
            JSONMember("build", .string(build)), JSONMember("build_number", .count(buildNumber)),
            JSONMember("depends", .array(depends.map { .string($0) })),
            JSONMember("constrains", .array(constrains.map { .string($0) })),
        ]
        func add(_ key: String, _ value: JSON?) { if let value { members.append(JSONMember(key, value)) } }
        func add(_ key: String, _ text: String) { if !text.isEmpty { members.append(JSONMember(key, .string(text))) } }
        if !trackFeatures.isEmpty { add("track_features", trackFeatures.joined(separator: " ")) }
        if !flags.isEmpty { add("flags", .array(flags.map { .string($0) })) }
        add("noarch", noarch.text.map { .string($0) })
        add("license", license.map { .string($0) })
        add("license_family", licenseFamily.map { .string($0) })
        add("md5", md5.map { .string($0.hex) })
        add("sha256", sha256.map { .string($0.hex) })
        add("size", size.map { .count($0) })
        add("timestamp", timestamp.map { .count($0) })
        add("python_site_packages_path", pythonSitePackagesPath.map { .string($0) })
        add("subdir", subdir)
        add("fn", fileName)
        add("url", url.separatingCredentials.plain)
        add("channel", channel.separatingCredentials.plain)
        return members + otherKeys
    }

    private static func texts(_ json: JSON?) -> [String] { json?.array?.compactMap(\.string) ?? [] }

    /// A list, or one text with words between spaces or commas.
    private static func words(_ json: JSON?) -> [String] {
        guard let text = json?.string else { return texts(json).filter { !$0.isEmpty } }
        return text.utf8.split { $0.isSpace || $0 == UInt8(ascii: ",") }.map { String(decoding: $0, as: UTF8.self) }
    }
}

extension Noarch {
    /// What a record's `noarch` says; `true` is the old way to say generic.
    package init(json: JSON?) {
        switch json {
        case .string("python"): self = .python
        case .string("generic"), .bool(true): self = .generic
        default: self = .none
        }
    }

    /// As records write it; nil for none.
    package var text: String? {
        switch self {
        case .none: nil
        case .generic: "generic"
        case .python: "python"
        }
    }
}

extension JSON {
    /// A number that may need all 64 bits.
    static func count(_ value: UInt64) -> JSON {
        Int64(exactly: value).map { .integer($0) } ?? .number(String(value))
    }
}
