// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Engine
import Failures
import Locations

/// The columns of `list` that `--fields`, `--size` and `list_fields` choose, by conda's names and under its titles.
struct PackageColumns {
    let prefix: String
    let names: ChannelNames
    private(set) var fields: [String] = []
    var sizes: InstalledSizes?
    /// Knows what was asked for.
    var listing: Listing?

    static let usual = ["name", "version", "build", "channel_name"]

    init(prefix: String, names: ChannelNames) {
        self.prefix = prefix
        self.names = names
    }

    /// Adds what is not among them.
    mutating func add(_ more: [String]) {
        for field in more where !fields.contains(field) { fields.append(field) }
    }

    /// - Throws: `Failure(.usage)` for a field that is none.
    func check() throws(Failure) {
        for field in fields where Self.title(field) == nil {
            throw Failure(
                .usage, field, "is not a field of a package", hint: "write `krait list --fields name,version`")
        }
    }

    func text(_ packages: [PackageRecord], isSized: Bool = false) -> String {
        var head = fields.map { Self.title($0) ?? $0 }
        let isUsual = fields.starts(with: Self.usual)
        var widest = isUsual ? 23 : 0
        var table = TextTable()
        var rows: [[String]] = []
        for record in packages {
            rows.append(fields.map { cell($0, record) })
            widest = max(widest, rows[rows.count - 1][0].unicodeScalars.count)
        }
        head[0] = "# " + CondaPackages.padded(head[0], widest)
        if isUsual { for column in 1...2 { head[column] = CondaPackages.padded(head[column], 15) } }
        table.append(head)
        for row in rows { table.append(row) }
        let size = isSized ? sizes.map { "# environment size: \(CondaPackages.bytes($0.total))\n" } : nil
        return "# packages in environment at \(prefix):\n\(size ?? "")#\n" + table.rendered(indent: 0)
    }

    /// The entries of a list with the sizes of their packages.
    func weighed(_ document: JSON) -> JSON {
        .array(
            (document.array ?? []).map { entry in
                guard case .object(let members) = entry else { return entry }
                let size = entry["name"]?.string.flatMap { sizes?.packages[$0] } ?? 0
                return .object(members + [JSONMember("size", .unsigned(size))])
            })
    }

    private func cell(_ field: String, _ record: PackageRecord) -> String {
        switch field {
        case "package_type": record.noarch.text.map { "noarch_\($0)" } ?? ""
        case "url": record.url.separatingCredentials.plain
        case "channel": "\(record.channelURL)/\(record.subdir)"
        case "channel_name": names.name(of: record)
        case "dist_str": "\(names.name(of: record))/\(record.subdir)::\(record.distribution)"
        case "requested_spec": listing?.requested(record.name).last ?? ""
        case "requested_specs": Self.tuple(listing?.requested(record.name) ?? [])
        case "track_features": Self.tuple(record.trackFeatures)
        case "size": sizes?.packages[record.name].map(CondaPackages.bytes) ?? ""
        default: record.members[field].map(Self.text) ?? ""
        }
    }

    /// As Python writes it.
    @inline(never)
    static func text(_ value: JSON) -> String {
        value.string ?? value.strings.map(tuple) ?? String(decoding: value.serialized(), as: UTF8.self)
    }

    @inline(never)
    private static func tuple(_ texts: [String]) -> String {
        if texts.isEmpty { return "" }
        return "('\(texts.joined(separator: "', '"))'\(texts.count == 1 ? "," : ""))"
    }

    /// The title of a field; nil when conda has no such field.
    private static func title(_ field: String) -> String? {
        switch field {
        case "arch": "Arch"
        case "build": "Build"
        case "build_number": "Build number"
        case "channel": "Channel URL"
        case "channel_name": "Channel"
        case "constrains": "Constraints"
        case "depends": "Dependencies"
        case "dist_str": "Dist"
        case "features": "Features"
        case "fn": "Filename"
        case "license": "License"
        case "license_family": "License family"
        case "md5": "MD5"
        case "name": "Name"
        case "noarch": "Noarch"
        case "package_type": "Package type"
        case "requested_spec": "Requested"
        case "requested_specs": "Requested"
        case "sha256": "SHA256"
        case "size": "Size"
        case "subdir": "Subdir"
        case "timestamp": "Timestamp"
        case "track_features": "Track features"
        case "url": "URL"
        case "version": "Version"
        default: nil
        }
    }
}
