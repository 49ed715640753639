// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Glibc

/// Reads one record of a `repodata.json` into ``RecordFields``, in one pass over its bytes.
///
/// This is the loop that sees every byte of hundreds of megabytes, hence pointers, no throwing, no allocation.
struct RecordScanner {
    typealias Pointer = UnsafePointer<UInt8>

    /// What was found at the position.
    enum Outcome { case record, incomplete, malformed }

    private(set) var fields = RecordFields()
    /// Texts without their escapes, and the members that have no field; each record's slices point into it.
    private var arena: UnsafeMutablePointer<UInt8>
    private var arenaCount = 0
    private static let arenaCapacity = 1 << 20
    private var others: [UInt8] = []

    init() {
        arena = .allocate(capacity: Self.arenaCapacity)
    }

    /// Gives the scanner's memory back; it cannot be used afterwards.
    func deallocate() { arena.deallocate() }

    /// Reads the record that begins at `position`, and moves it behind the record if all of it is there.
    mutating func scan(_ position: inout Pointer, _ limit: Pointer) -> Outcome {
        fields = RecordFields()
        arenaCount = 0
        others.removeAll(keepingCapacity: true)
        var here = position
        Self.skipSpace(&here, limit)
        guard here < limit else { return .incomplete }
        guard here.pointee == UInt8(ascii: "{") else {
            // Any other value costs this record, and not the document.
            let outcome = skip(&here, limit)
            if outcome == .record { position = here }
            fields.isBad = true
            return outcome
        }
        here += 1
        Self.skipSpace(&here, limit)
        guard here < limit else { return .incomplete }
        if here.pointee == UInt8(ascii: "}") {
            position = here + 1
            fields.isBad = true
            return .record
        }
        while true {
            guard here < limit else { return .incomplete }
            guard here.pointee == UInt8(ascii: "\"") else { return .malformed }
            let key = here + 1
            var hasEscapes = false
            guard let keyEnd = Self.stringEnd(key, limit, &hasEscapes) else { return .malformed }
            guard keyEnd < limit else { return .incomplete }
            here = keyEnd + 1
            Self.skipSpace(&here, limit)
            guard here < limit else { return .incomplete }
            guard here.pointee == UInt8(ascii: ":") else { return .malformed }
            here += 1
            Self.skipSpace(&here, limit)
            guard here < limit else { return .incomplete }
            let outcome = value(key, keyEnd - key, &here, limit)
            guard outcome == .record else { return outcome }
            Self.skipSpace(&here, limit)
            guard here < limit else { return .incomplete }
            if here.pointee == UInt8(ascii: ",") {
                here += 1
                Self.skipSpace(&here, limit)
            } else if here.pointee == UInt8(ascii: "}") {
                break
            } else {
                return .malformed
            }
        }
        position = here + 1
        if !others.isEmpty { keepOthers() }
        if fields.name.start == nil || fields.version.start == nil || fields.build.start == nil
            || !fields.has.contains(.buildNumber)
        {
            fields.isBad = true
        }
        return .record
    }

    @inline(__always)
    private mutating func value(_ key: Pointer, _ length: Int, _ here: inout Pointer, _ limit: Pointer) -> Outcome {
        // No key paths: they are made anew at each use, and this runs ten million times.
        var outcome = Outcome.record
        switch length {
        case 3 where Self.equals(key, "md5"): return digest(&here, limit, isSHA256: false)
        case 6 where Self.equals(key, "sha256"): return digest(&here, limit, isSHA256: true)
        case 4 where Self.equals(key, "name"): fields.name = string(&here, limit, &outcome)
        case 4 where Self.equals(key, "size"): fields.size = number(&here, limit, .size, &outcome)
        case 5 where Self.equals(key, "build"): fields.build = string(&here, limit, &outcome)
        case 7 where Self.equals(key, "version"): fields.version = string(&here, limit, &outcome)
        case 7 where Self.equals(key, "depends"): fields.depends = list(&here, limit, &outcome)
        case 7 where Self.equals(key, "license"): fields.license = string(&here, limit, &outcome)
        case 9 where Self.equals(key, "timestamp"): fields.timestamp = number(&here, limit, .timestamp, &outcome)
        case 10 where Self.equals(key, "constrains"): fields.constrains = list(&here, limit, &outcome)
        case 12 where Self.equals(key, "build_number"):
            fields.buildNumber = number(&here, limit, .buildNumber, &outcome)
        case 14 where Self.equals(key, "license_family"): fields.licenseFamily = string(&here, limit, &outcome)
        default: return rareValue(key, length, &here, limit)
        }
        return outcome
    }

    @inline(never)
    private mutating func rareValue(_ key: Pointer, _ length: Int, _ here: inout Pointer, _ limit: Pointer) -> Outcome {
        var found = Outcome.record
        switch length {
        case 6 where Self.equals(key, "noarch"): return noarch(&here, limit)
        case 6 where Self.equals(key, "subdir"): return skip(&here, limit)
        case 14 where Self.equals(key, "track_features"):
            fields.trackFeaturesAreText = here.pointee == UInt8(ascii: "\"")
            fields.trackFeatures =
                fields.trackFeaturesAreText ? string(&here, limit, &found) : list(&here, limit, &found)
            return found
        case 17 where Self.equals(key, "indexed_timestamp"):
            fields.indexedTimestamp = number(&here, limit, .indexedTimestamp, &found)
            return found
        case 25 where Self.equals(key, "python_site_packages_path"):
            fields.pythonSitePackagesPath = string(&here, limit, &found)
            return found
        case 5 where Self.equals(key, "flags"):
            fields.flags = list(&here, limit, &found)
            return found
        case 13 where Self.equals(key, "extra_depends"):
            let begin = here
            let outcome = skip(&here, limit)
            // `{}` and `null` ask for nothing.
            if outcome == .record, here - begin > 2, begin.pointee != UInt8(ascii: "n") {
                fields.extraDepends = ByteSlice(start: begin, count: here - begin)
            }
            return outcome
        // What the index itself knows better.
        case 2 where Self.equals(key, "fn"), 3 where Self.equals(key, "url"), 7 where Self.equals(key, "channel"):
            return skip(&here, limit)
        default:
            let begin = here
            let outcome = skip(&here, limit)
            guard outcome == .record else { return outcome }
            if !others.isEmpty { others.append(UInt8(ascii: ",")) }
            others.append(UInt8(ascii: "\""))
            others.append(contentsOf: UnsafeBufferPointer(start: key, count: length))
            others.append(contentsOf: "\":".utf8)
            others.append(contentsOf: UnsafeBufferPointer(start: begin, count: here - begin))
            return .record
        }
    }

    /// Passes a text; nothing when there is `null`.
    @inline(__always)
    private mutating func string(_ here: inout Pointer, _ limit: Pointer, _ outcome: inout Outcome) -> ByteSlice {
        guard here.pointee == UInt8(ascii: "\"") else {
            outcome = absent(&here, limit)
            return .none
        }
        let start = here + 1
        var hasEscapes = false
        let stop = Self.stringEnd(start, limit, &hasEscapes)
        guard let end = stop, end < limit else {
            outcome = stop == nil ? .malformed : .incomplete
            return .none
        }
        here = end + 1
        return hasEscapes ? unescaped(start, end) : ByteSlice(start: start, count: end - start)
    }

    /// Passes a whole number that is not negative.
    @inline(__always)
    private mutating func number(
        _ here: inout Pointer, _ limit: Pointer, _ presence: RecordFields.Presence, _ outcome: inout Outcome
    ) -> UInt64 {
        var value: UInt64 = 0
        var digit = here
        while digit < limit, digit.pointee &- UInt8(ascii: "0") < 10, digit - here < 19 {
            value = value &* 10 &+ UInt64(digit.pointee &- UInt8(ascii: "0"))
            digit += 1
        }
        guard digit < limit else {
            outcome = .incomplete
            return 0
        }
        let next = digit.pointee
        guard digit > here, next == UInt8(ascii: ",") || next == UInt8(ascii: "}") || next <= 0x20 else {
            return oddNumber(&here, limit, presence, &outcome)
        }
        here = digit
        fields.has.insert(presence)
        return value
    }

    /// Passes what is no plain integer: a float without a fraction counts, `null` is nothing, the rest makes the record bad.
    @inline(never)
    private mutating func oddNumber(
        _ here: inout Pointer, _ limit: Pointer, _ presence: RecordFields.Presence, _ outcome: inout Outcome
    ) -> UInt64 {
        let begin = here
        outcome = skip(&here, limit)
        guard outcome == .record else { return 0 }
        let text = String(decoding: UnsafeBufferPointer(start: begin, count: here - begin), as: UTF8.self)
        if text == "null" { return 0 }
        guard let value = UInt64(text) ?? Double(text).flatMap({ UInt64(exactly: $0) }) else {
            fields.isBad = true
            return 0
        }
        fields.has.insert(presence)
        return value
    }

    @inline(__always)
    private mutating func digest(_ here: inout Pointer, _ limit: Pointer, isSHA256: Bool) -> Outcome {
        guard here.pointee == UInt8(ascii: "\"") else { return absent(&here, limit) }
        let start = here + 1
        var hasEscapes = false
        guard let end = Self.stringEnd(start, limit, &hasEscapes) else { return .malformed }
        guard end < limit else { return .incomplete }
        here = end + 1
        let isGood: Bool
        if isSHA256 {
            isGood = end - start == 64 && withUnsafeMutableBytes(of: &fields.sha256) { Self.decodeHex(start, $0) }
            if isGood { fields.has.insert(.sha256) }
        } else {
            isGood = end - start == 32 && withUnsafeMutableBytes(of: &fields.md5) { Self.decodeHex(start, $0) }
            if isGood { fields.has.insert(.md5) }
        }
        // An empty digest says nothing; a wrong one must not be taken for none.
        if !isGood, end > start { fields.isBad = true }
        return .record
    }

    /// Passes a list; that it holds strings is looked at when it is first met.
    @inline(__always)
    private mutating func list(_ here: inout Pointer, _ limit: Pointer, _ outcome: inout Outcome) -> ByteSlice {
        guard here.pointee == UInt8(ascii: "[") else {
            outcome = absent(&here, limit)
            return .none
        }
        let start = here
        var end = here + 1
        while true {
            Self.skipSpace(&end, limit)
            guard end < limit else {
                outcome = .incomplete
                return .none
            }
            switch end.pointee {
            case UInt8(ascii: "\""):
                var hasEscapes = false
                let stop = Self.stringEnd(end + 1, limit, &hasEscapes)
                guard let quote = stop, quote < limit else {
                    outcome = stop == nil ? .malformed : .incomplete
                    return .none
                }
                end = quote + 1
            case UInt8(ascii: ","):
                end += 1
            case UInt8(ascii: "]"):
                here = end + 1
                return ByteSlice(start: start, count: here - start)
            default:
                // Something else than strings: well-formed perhaps, a list of dependencies not.
                fields.isBad = true
                outcome = skip(&here, limit)
                return .none
            }
        }
    }

    @inline(never)
    private mutating func noarch(_ here: inout Pointer, _ limit: Pointer) -> Outcome {
        let begin = here
        let outcome = skip(&here, limit)
        guard outcome == .record else { return outcome }
        switch String(decoding: UnsafeBufferPointer(start: begin, count: here - begin), as: UTF8.self) {
        case "\"python\"": fields.noarch = 2
        case "\"generic\"", "true": fields.noarch = 1
        default: fields.noarch = 0
        }
        return .record
    }

    /// Passes `null`; anything else that stands where a text or list should be makes the record bad.
    @inline(never)
    private mutating func absent(_ here: inout Pointer, _ limit: Pointer) -> Outcome {
        let isNull = here.pointee == UInt8(ascii: "n")
        let outcome = skip(&here, limit)
        if outcome == .record, !isNull { fields.isBad = true }
        return outcome
    }

    /// Passes any value.
    @inline(never)
    private func skip(_ here: inout Pointer, _ limit: Pointer) -> Outcome {
        var scanner = JSONScanner(UnsafeRawBufferPointer(start: here, count: limit - here), subject: "")
        guard (try? scanner.skip()) != nil else { return scanner.ranOut ? .incomplete : .malformed }
        // A number at the very end may have more digits in the next piece.
        if scanner.ranOut { return .incomplete }
        here += scanner.offset
        return .record
    }

    @inline(never)
    private mutating func unescaped(_ start: Pointer, _ end: Pointer) -> ByteSlice {
        let text = JSONText(bytes: UnsafeRawBufferPointer(start: start, count: end - start), hasEscapes: true)
        var plain: [UInt8] = []
        guard text.appendUnescaped(to: &plain), arenaCount + plain.count <= Self.arenaCapacity else {
            fields.isBad = true
            return .none
        }
        return keep(plain)
    }

    private mutating func keep(_ bytes: [UInt8]) -> ByteSlice {
        let place = arena + arenaCount
        bytes.withUnsafeBufferPointer { buffer in
            if let base = buffer.baseAddress { place.update(from: base, count: buffer.count) }
        }
        arenaCount += bytes.count
        return ByteSlice(start: UnsafePointer(place), count: bytes.count)
    }

    @inline(never)
    private mutating func keepOthers() {
        guard arenaCount + others.count <= Self.arenaCapacity else {
            fields.isBad = true
            return
        }
        fields.others = keep(others)
    }
}

// MARK: - Bytes

extension RecordScanner {
    @inline(__always)
    static func skipSpace(_ here: inout Pointer, _ limit: Pointer) {
        while here < limit {
            let byte = here.pointee
            if byte > 0x20 { return }
            guard byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 else { return }
            here += 1
        }
    }

    /// Where the closing quote of the string from `start` on is; `limit` when it is not there yet, nil when the string is wrong.
    @inline(__always)
    static func stringEnd(_ start: Pointer, _ limit: Pointer, _ hasEscapes: inout Bool) -> Pointer? {
        var here = start
        while true {
            while limit - here >= 8 {
                let word = UnsafeRawPointer(here).loadUnaligned(as: UInt64.self).littleEndian
                let quote = word ^ 0x2222_2222_2222_2222
                let escape = word ^ 0x5c5c_5c5c_5c5c_5c5c
                // The lowest marked byte is right in each of the three; see `JSONScanner.stringStop`.
                let found =
                    ((quote &- 0x0101_0101_0101_0101) & ~quote | (escape &- 0x0101_0101_0101_0101) & ~escape
                        | (word &- 0x2020_2020_2020_2020) & ~word) & 0x8080_8080_8080_8080
                if found != 0 {
                    here += found.trailingZeroBitCount / 8
                    break
                }
                here += 8
            }
            while here < limit, here.pointee != UInt8(ascii: "\""), here.pointee != UInt8(ascii: "\\"),
                here.pointee >= 0x20
            {
                here += 1
            }
            guard here < limit else { return limit }
            if here.pointee == UInt8(ascii: "\"") { return here }
            guard here.pointee == UInt8(ascii: "\\") else { return nil }
            hasEscapes = true
            here += 2
            if here >= limit { return limit }
        }
    }

    @inline(__always)
    private static func equals(_ key: Pointer, _ text: StaticString) -> Bool {
        memcmp(key, text.utf8Start, text.utf8CodeUnitCount) == 0
    }

    /// Reads two digits for each byte of `bytes`; false when one is no hexadecimal digit.
    @inline(__always)
    private static func decodeHex(_ text: Pointer, _ bytes: UnsafeMutableRawBufferPointer) -> Bool {
        var refused: UInt8 = 0
        for index in 0..<bytes.count {
            let high = digits[Int(text[index * 2])]
            let low = digits[Int(text[index * 2 + 1])]
            refused |= high | low
            bytes[index] = high << 4 | low & 15
        }
        return refused & 0xf0 == 0
    }

    /// The value of each byte as a hexadecimal digit, 255 for all others.
    nonisolated(unsafe) private static let digits: UnsafePointer<UInt8> = {
        let table = UnsafeMutablePointer<UInt8>.allocate(capacity: 256)
        table.initialize(repeating: 255, count: 256)
        for value in 0..<16 as Range<UInt8> {
            let lower = value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
            table[Int(lower)] = value
            if value >= 10 { table[Int(lower - 0x20)] = value }
        }
        return UnsafePointer(table)
    }()
}
