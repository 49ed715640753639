// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Failures
import Glibc

/// Reads one record of a shard: as in `repodata.json`, but digests are raw bytes (CEP 16).
enum ShardRecord {
    /// Reads the record that comes next. Slices in `fields` point into the scanner's bytes; members without a field are
    /// appended to `others` as JSON.
    static func read(
        _ scanner: inout MessagePackScanner, into fields: inout RecordFields, others: inout [UInt8]
    ) throws(Failure) {
        guard try scanner.peek() == .map else {
            fields.isBad = true
            return _ = try scanner.skip()
        }
        for _ in 0..<(try scanner.map()) {
            let key = try scanner.text()
            switch key.count {
            case 3 where key.spells("md5"): try md5(&scanner, &fields)
            case 4 where key.spells("name"): fields.name = try text(&scanner, &fields)
            case 4 where key.spells("size"): try number(&scanner, &fields, \.size, .size)
            case 5 where key.spells("build"): fields.build = try text(&scanner, &fields)
            case 5 where key.spells("flags"): fields.flags = try list(&scanner, &fields)
            case 6 where key.spells("sha256"): try sha256(&scanner, &fields)
            case 6 where key.spells("noarch"):
                switch try scanner.value() {
                case .string("python"): fields.noarch = 2
                case .string("generic"), .bool(true): fields.noarch = 1
                default: break
                }
            case 6 where key.spells("subdir"): try scanner.skip()
            case 7 where key.spells("version"): fields.version = try text(&scanner, &fields)
            case 7 where key.spells("depends"): fields.depends = try list(&scanner, &fields)
            case 7 where key.spells("license"): fields.license = try text(&scanner, &fields)
            case 9 where key.spells("timestamp"): try number(&scanner, &fields, \.timestamp, .timestamp)
            case 10 where key.spells("constrains"): fields.constrains = try list(&scanner, &fields)
            case 12 where key.spells("build_number"): try number(&scanner, &fields, \.buildNumber, .buildNumber)
            case 14 where key.spells("license_family"): fields.licenseFamily = try text(&scanner, &fields)
            case 14 where key.spells("track_features"):
                fields.trackFeaturesAreText = try scanner.peek() == .string
                fields.trackFeatures =
                    try fields.trackFeaturesAreText ? text(&scanner, &fields) : list(&scanner, &fields)
            case 17 where key.spells("indexed_timestamp"):
                try number(&scanner, &fields, \.indexedTimestamp, .indexedTimestamp)
            case 25 where key.spells("python_site_packages_path"):
                fields.pythonSitePackagesPath = try text(&scanner, &fields)
            case 13 where key.spells("extra_depends"):
                let kind = try scanner.peek()
                let value = ByteSlice(try scanner.skip())
                if kind != .null { fields.extraDepends = value }
            // What the index itself knows better.
            case 2 where key.spells("fn"), 3 where key.spells("url"), 7 where key.spells("channel"):
                try scanner.skip()
            default:
                guard let value = JSON(try scanner.value()) else { continue }
                if !others.isEmpty { others.append(UInt8(ascii: ",")) }
                JSON.write(String(decoding: key, as: UTF8.self), to: &others)
                others.append(UInt8(ascii: ":"))
                value.write(to: &others)
            }
        }
        if fields.name.start == nil || fields.version.start == nil || fields.build.start == nil
            || !fields.has.contains(.buildNumber)
        {
            fields.isBad = true
        }
    }

    private static func text(_ scanner: inout MessagePackScanner, _ fields: inout RecordFields) throws(Failure)
        -> ByteSlice
    {
        guard try scanner.peek() == .string else {
            if try scanner.peek() != .null { fields.isBad = true }
            try scanner.skip()
            return .none
        }
        return ByteSlice(try scanner.text())
    }

    private static func list(_ scanner: inout MessagePackScanner, _ fields: inout RecordFields) throws(Failure)
        -> ByteSlice
    {
        guard try scanner.peek() == .array else {
            if try scanner.peek() != .null { fields.isBad = true }
            try scanner.skip()
            return .none
        }
        return ByteSlice(try scanner.skip())
    }

    private static func number(
        _ scanner: inout MessagePackScanner, _ fields: inout RecordFields,
        _ field: WritableKeyPath<RecordFields, UInt64>, _ presence: RecordFields.Presence
    ) throws(Failure) {
        switch try scanner.peek() {
        case .integer, .float:
            let value = try scanner.value()
            switch value {
            case .integer(let number) where number >= 0: fields[keyPath: field] = UInt64(number)
            case .unsigned(let number): fields[keyPath: field] = number
            case .float(let number):
                guard let whole = UInt64(exactly: number) else {
                    fields.isBad = true
                    return
                }
                fields[keyPath: field] = whole
            default:
                fields.isBad = true
                return
            }
            fields.has.insert(presence)
        case .null: try scanner.skip()
        default:
            fields.isBad = true
            try scanner.skip()
        }
    }

    private static func sha256(_ scanner: inout MessagePackScanner, _ fields: inout RecordFields) throws(Failure) {
        let digest: SHA256Digest?
        switch try scanner.peek() {
        case .binary: digest = SHA256Digest(bytes: try scanner.binary())
        case .string: digest = SHA256Digest(hex: try scanner.text())
        case .null: return _ = try scanner.skip()
        default:
            digest = nil
            try scanner.skip()
        }
        guard let digest else {
            fields.isBad = true
            return
        }
        withUnsafeMutableBytes(of: &fields.sha256) { target in digest.withBytes { target.copyMemory(from: $0) } }
        fields.has.insert(.sha256)
    }

    private static func md5(_ scanner: inout MessagePackScanner, _ fields: inout RecordFields) throws(Failure) {
        let digest: MD5Digest?
        switch try scanner.peek() {
        case .binary: digest = MD5Digest(bytes: try scanner.binary())
        case .string: digest = MD5Digest(hex: try scanner.text())
        case .null: return _ = try scanner.skip()
        default:
            digest = nil
            try scanner.skip()
        }
        guard let digest else {
            fields.isBad = true
            return
        }
        withUnsafeMutableBytes(of: &fields.md5) { target in digest.withBytes { target.copyMemory(from: $0) } }
        fields.has.insert(.md5)
    }
}

extension UnsafeRawBufferPointer {
    /// True when the bytes are those of `text`, whose length has been compared.
    @inline(__always)
    fileprivate func spells(_ text: StaticString) -> Bool {
        baseAddress.map { memcmp($0, text.utf8Start, text.utf8CodeUnitCount) == 0 } ?? false
    }
}

extension ByteSlice {
    fileprivate init(_ bytes: UnsafeRawBufferPointer) {
        self.init(start: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), count: bytes.count)
    }
}

extension JSON {
    /// The same value as JSON; nil when JSON has none such.
    fileprivate init?(_ value: MessagePackValue) {
        switch value {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = .integer(value)
        case .unsigned(let value): self = .unsigned(value)
        case .float(let value):
            guard value.isFinite else { return nil }
            self = .number(String(value))
        case .string(let text): self = .string(text)
        case .binary(let bytes): self = .string(bytes.withUnsafeBytes(encodeHex))
        case .array(let elements): self = .array(elements.compactMap { JSON($0) })
        case .map(let pairs):
            self = .object(
                pairs.compactMap { pair in
                    guard let key = pair.key.string, let value = JSON(pair.value) else { return nil }
                    return JSONMember(key, value)
                })
        case .extended: return nil
        }
    }
}
