// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Failures
import Glibc

/// Packs records of one name and one kind of archive into a ``RecordBlock``.
struct RecordBlockBuilder: ~Copyable {
    private(set) var kind = ArchiveKind.conda
    private let notation: RecordFields.Notation
    private var strings = ByteInterner()
    /// Lists already met, as they were written in the document: most records repeat one of another build.
    private var writtenLists = ByteInterner()
    private var listPlaces: [UInt32] = []
    private var lists: [UInt32] = []
    private var rows = ByteBuffer()
    private var details = ByteBuffer()
    private var scratch: [UInt8] = []
    /// The place of lists that are none.
    private static let badList = RecordBlock.absent - 1
    private(set) var rowCount = 0

    init(_ notation: RecordFields.Notation) {
        self.notation = notation
    }

    /// How much the block takes so far, roughly.
    var size: Int { rows.count + details.count + strings.byteCount + lists.count * 4 }

    /// Begins an empty block.
    mutating func begin(_ kind: ArchiveKind) {
        self.kind = kind
        strings.removeAll()
        writtenLists.removeAll()
        listPlaces.removeAll(keepingCapacity: true)
        lists.removeAll(keepingCapacity: true)
        rows.removeAll()
        details.removeAll()
        rowCount = 0
    }

    /// Adds one record; false when it is not fit for use. `stem` is the file's name without the kind's suffix, `name` what the
    /// record is filed under.
    mutating func add(_ fields: RecordFields, stem: ByteSlice, name: ByteSlice) -> Bool {
        guard let version = fields.version.start, let build = fields.build.start, let recordName = fields.name.start
        else {
            return false
        }
        let isStandard = Self.isStandard(stem, fields)
        guard Self.isSafe(stem) else { return false }
        if !isStandard, !(Self.isSafe(fields.name) && Self.isSafe(fields.version) && Self.isSafe(fields.build)) {
            return false
        }
        guard let depends = list(fields.depends), let constrains = list(fields.constrains),
            let trackFeatures = fields.trackFeaturesAreText ? words(fields.trackFeatures) : list(fields.trackFeatures),
            let flags = list(fields.flags), let groups = groups(fields.extraDepends)
        else { return false }
        var has = fields.has
        if flags != RecordBlock.absent || groups != RecordBlock.absent { has.insert(.additions) }
        rows.append(strings.intern(version, fields.version.count).number)
        rows.append(strings.intern(build, fields.build.count).number)
        rows.append(depends)
        rows.append(constrains)
        rows.append(trackFeatures)
        rows.append(has.rawValue | UInt32(fields.noarch) << 16)
        rows.append(fields.buildNumber)
        rows.append(fields.timestamp)
        rows.append(fields.indexedTimestamp)

        details.append(fields.sha256.0.littleEndian)
        details.append(fields.sha256.1.littleEndian)
        details.append(fields.sha256.2.littleEndian)
        details.append(fields.sha256.3.littleEndian)
        details.append(fields.md5.0.littleEndian)
        details.append(fields.md5.1.littleEndian)
        details.append(fields.size)
        let isFiledUnderItself =
            fields.name.count == name.count && name.start.map { memcmp(recordName, $0, name.count) == 0 } ?? false
        details.append(isFiledUnderItself ? RecordBlock.absent : number(fields.name))
        details.append(isStandard ? RecordBlock.absent : number(stem))
        details.append(number(fields.license))
        details.append(number(fields.licenseFamily))
        details.append(number(fields.pythonSitePackagesPath))
        details.append(number(fields.others))
        details.append(flags)
        details.append(groups)
        details.append(0 as UInt64)
        rowCount += 1
        return true
    }

    /// Appends the block's bytes, a multiple of eight of them.
    func write(to output: inout ByteBuffer) {
        output.append(RecordBlock.magic)
        output.append(UInt32(rowCount))
        output.append(UInt32(strings.count))
        output.append(UInt32(strings.byteCount))
        output.append(UInt32(lists.count))
        output.append(kind.rawValue)
        output.append(0 as UInt64)
        output.append(rows.raw)
        output.append(details.raw)
        lists.withUnsafeBytes { output.append($0) }
        output.append(UnsafeRawBufferPointer(start: strings.starts, count: (strings.count + 1) * 4))
        output.append(UnsafeRawBufferPointer(start: strings.bytes, count: strings.byteCount))
        output.pad(to: 8)
    }

    @inline(__always)
    private mutating func number(_ slice: ByteSlice) -> UInt32 {
        guard let start = slice.start else { return RecordBlock.absent }
        return strings.intern(start, slice.count).number
    }

    /// The place of a list; `absent` for none or an empty one, nil when it is no list of strings.
    @inline(__always)
    private mutating func list(_ slice: ByteSlice) -> UInt32? {
        // `[]`, or a head that says none.
        guard let start = slice.start, slice.count > (notation == .json ? 2 : 1) else { return RecordBlock.absent }
        let (number, isNew) = writtenLists.intern(start, slice.count)
        if !isNew {
            let place = listPlaces[Int(number)]
            return place == Self.badList ? nil : place
        }
        let place = parse(slice)
        listPlaces.append(place ?? Self.badList)
        return place
    }

    private mutating func parse(_ slice: ByteSlice) -> UInt32? {
        let place = lists.count
        lists.append(0)
        let isGood =
            switch notation {
            case .json: parseJSON(slice)
            case .messagePack: parseMessagePack(slice)
            }
        guard isGood else {
            lists.removeLast(lists.count - place)
            return nil
        }
        return finishList(place)
    }

    /// Appends the texts between the brackets; false when they are not strings with a comma between each two.
    private mutating func parseJSON(_ slice: ByteSlice) -> Bool {
        guard var here = slice.start, slice.count >= 2 else { return false }
        // The scanner has looked: there are brackets at both ends.
        let limit = here + (slice.count - 1)
        here += 1
        var isFirst = true
        while true {
            RecordScanner.skipSpace(&here, limit)
            if here == limit { return true }
            if !isFirst {
                guard here.pointee == UInt8(ascii: ",") else { return false }
                here += 1
                RecordScanner.skipSpace(&here, limit)
            }
            guard here < limit, here.pointee == UInt8(ascii: "\"") else { return false }
            let start = here + 1
            var hasEscapes = false
            guard let end = RecordScanner.stringEnd(start, limit, &hasEscapes), end < limit else { return false }
            let bytes = UnsafeRawBufferPointer(start: start, count: end - start)
            if hasEscapes {
                scratch.removeAll(keepingCapacity: true)
                guard JSONText(bytes: bytes, hasEscapes: true).appendUnescaped(to: &scratch) else { return false }
                scratch.withUnsafeBytes { append($0) }
            } else {
                append(bytes)
            }
            here = end + 1
            isFirst = false
        }
    }

    private mutating func parseMessagePack(_ slice: ByteSlice) -> Bool {
        do throws(Failure) {
            var scanner = MessagePackScanner(slice.raw, subject: "")
            for _ in 0..<(try scanner.array()) { append(try scanner.text()) }
            return true
        } catch {
            return false
        }
    }

    /// The place of the groups of a record as one list (``RecordBlock/Details/extraDepends``); `absent` for none, nil when
    /// it is no map of lists of texts, or a text is empty.
    private mutating func groups(_ slice: ByteSlice) -> UInt32? {
        guard slice.start != nil else { return RecordBlock.absent }
        let members: [(name: String, depends: [String?])]
        switch notation {
        case .json:
            guard let object = (try? JSON.parse(Array(slice.raw), subject: ""))?.object else { return nil }
            members = object.map { ($0.key, $0.value.array?.map(\.string) ?? [nil]) }
        case .messagePack:
            var scanner = MessagePackScanner(slice.raw, subject: "")
            guard case .map(let pairs)? = try? scanner.value() else { return nil }
            members = pairs.map { pair in
                guard case .array(let elements) = pair.value else { return ("", [nil]) }
                return (pair.key.string ?? "", elements.map(\.string))
            }
        }
        let place = lists.count
        lists.append(0)
        for (name, depends) in members {
            for text in [name] + depends {
                guard let text, !text.isEmpty else {
                    lists.removeLast(lists.count - place)
                    return nil
                }
                lists.append(strings.intern(text).number)
            }
            lists.append(strings.intern("").number)
        }
        return finishList(place)
    }

    private mutating func finishList(_ place: Int) -> UInt32 {
        let count = lists.count - place - 1
        if count == 0 {
            lists.removeLast()
            return RecordBlock.absent
        }
        lists[place] = UInt32(count)
        return UInt32(place)
    }

    private mutating func append(_ text: UnsafeRawBufferPointer) {
        guard let start = text.baseAddress?.assumingMemoryBound(to: UInt8.self) else {
            lists.append(strings.intern("").number)
            return
        }
        lists.append(strings.intern(start, text.count).number)
    }

    /// A list from a text: its parts between spaces and commas.
    private mutating func words(_ slice: ByteSlice) -> UInt32? {
        let place = lists.count
        lists.append(0)
        for word in slice.raw.split(whereSeparator: { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: ",") }) {
            append(UnsafeRawBufferPointer(rebasing: word))
        }
        return finishList(place)
    }

    /// True when the stem is `name-version-build`.
    private static func isStandard(_ stem: ByteSlice, _ fields: RecordFields) -> Bool {
        guard let start = stem.start, let name = fields.name.start, let version = fields.version.start,
            let build = fields.build.start,
            stem.count == fields.name.count + fields.version.count + fields.build.count + 2
        else { return false }
        let versionStart = fields.name.count + 1
        let buildStart = versionStart + fields.version.count + 1
        return memcmp(start, name, fields.name.count) == 0 && start[versionStart - 1] == UInt8(ascii: "-")
            && memcmp(start + versionStart, version, fields.version.count) == 0
            && start[buildStart - 1] == UInt8(ascii: "-")
            && memcmp(start + buildStart, build, fields.build.count) == 0
    }

    /// True for what may be part of a file's name: no separator, no control character or space, not empty, no `.` in front.
    private static func isSafe(_ slice: ByteSlice) -> Bool {
        guard let start = slice.start, slice.count > 0, slice.count < 1024, start[0] != UInt8(ascii: ".") else {
            return false
        }
        var isSafe = true
        for index in 0..<slice.count {
            let byte = start[index]
            isSafe = isSafe && byte > 0x20 && byte != UInt8(ascii: "/") && byte != UInt8(ascii: "\\") && byte != 0x7f
        }
        return isSafe
    }
}
