// SPDX-License-Identifier: BSD-3-Clause

/// The records of one name and one kind of archive, packed: what an index file holds and a shard is turned into.
///
/// Little-endian. Header (eight words), rows for the solver, rows of details, lists (`count, string…`), where the
/// strings begin, the strings. Numbers of strings and places of lists are local to the block.
struct RecordBlock: @unchecked Sendable {
    // Sendable because the bytes are read-only and `owner` keeps them where they are.
    let bytes: UnsafeRawBufferPointer
    private let owner: AnyObject
    let rowCount: Int
    let stringCount: Int
    let listWordCount: Int
    let kind: ArchiveKind

    static let magic: UInt32 = 0x6b_72_62_31
    static let headerSize = 32
    static let rowSize = 48
    static let detailSize = 96
    /// The number of no string and the place of no list.
    static let absent = UInt32.max

    /// The block in `bytes`; nil when its parts do not fit together. `owner` keeps the bytes alive.
    init?(_ bytes: UnsafeRawBufferPointer, owner: AnyObject) {
        guard bytes.count >= Self.headerSize else { return nil }
        func word(_ index: Int) -> UInt32 {
            UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
        }
        guard word(0) == Self.magic, let kind = ArchiveKind(rawValue: word(5)) else { return nil }
        self.bytes = bytes
        self.owner = owner
        self.kind = kind
        rowCount = Int(word(1))
        stringCount = Int(word(2))
        listWordCount = Int(word(4))
        let needed =
            Self.headerSize + rowCount * (Self.rowSize + Self.detailSize) + listWordCount * 4
            + (stringCount + 1) * 4 + Int(word(3))
        guard needed <= bytes.count, bytes.count < Int(UInt32.max) else { return nil }
    }

    private var listsOffset: Int { Self.headerSize + rowCount * (Self.rowSize + Self.detailSize) }
    private var startsOffset: Int { listsOffset + listWordCount * 4 }
    private var textOffset: Int { startsOffset + (stringCount + 1) * 4 }

    @inline(__always)
    private func word(at offset: Int) -> UInt32 {
        UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    @inline(__always)
    private func long(at offset: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// What the solver needs of row `index`.
    func row(_ index: Int) -> Row {
        precondition(index < rowCount)
        let offset = Self.headerSize + index * Self.rowSize
        return Row(
            version: word(at: offset), build: word(at: offset + 4), depends: word(at: offset + 8),
            constrains: word(at: offset + 12), trackFeatures: word(at: offset + 16), bits: word(at: offset + 20),
            buildNumber: long(at: offset + 24), timestamp: long(at: offset + 32),
            indexedTimestamp: long(at: offset + 40))
    }

    /// Everything else of row `index`.
    func details(_ index: Int) -> Details {
        precondition(index < rowCount)
        let offset = Self.headerSize + rowCount * Self.rowSize + index * Self.detailSize
        return Details(
            sha256: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + 32]),
            md5: UnsafeRawBufferPointer(rebasing: bytes[offset + 32..<offset + 48]),
            size: long(at: offset + 48), name: word(at: offset + 56), fileName: word(at: offset + 60),
            license: word(at: offset + 64), licenseFamily: word(at: offset + 68),
            pythonSitePackagesPath: word(at: offset + 72), others: word(at: offset + 76), flags: word(at: offset + 80),
            extraDepends: word(at: offset + 84))
    }

    /// The bytes of string `number`; nil when there is none, as `absent` says, or damage.
    @inline(__always)
    func string(_ number: UInt32) -> UnsafeRawBufferPointer? {
        guard number < stringCount else { return nil }
        let begin = Int(word(at: startsOffset + Int(number) * 4))
        let end = Int(word(at: startsOffset + Int(number) * 4 + 4))
        guard begin <= end, textOffset + end <= bytes.count else { return nil }
        return UnsafeRawBufferPointer(rebasing: bytes[textOffset + begin..<textOffset + end])
    }

    /// The text of string `number`.
    func text(_ number: UInt32) -> String? {
        string(number).map { String(decoding: $0, as: UTF8.self) }
    }

    /// How many strings the list at `place` has; nil when it does not lie in the block.
    func listCount(_ place: UInt32) -> Int? {
        guard place < listWordCount else { return nil }
        let count = Int(word(at: listsOffset + Int(place) * 4))
        guard Int(place) + 1 + count <= listWordCount else { return nil }
        return count
    }

    /// The number of the string at `index` in the list at `place`, which `listCount` has found good.
    @inline(__always)
    func listElement(_ place: UInt32, _ index: Int) -> UInt32 {
        word(at: listsOffset + (Int(place) + 1 + index) * 4)
    }

    /// The texts of the list at `place`.
    func texts(_ place: UInt32) -> [String] {
        guard let count = listCount(place) else { return [] }
        return (0..<count).compactMap { text(listElement(place, $0)) }
    }

    /// Calls `body` with the numbers of the strings of each group at `place`: its name's and its dependencies'.
    func forEachGroup(_ place: UInt32, _ body: (_ name: UInt32, _ depends: [UInt32]) -> Void) {
        var group: [UInt32] = []
        for index in 0..<(listCount(place) ?? 0) {
            let number = listElement(place, index)
            if string(number)?.count != 0 {
                group.append(number)
            } else {
                if let name = group.first { body(name, Array(group.dropFirst())) }
                group.removeAll(keepingCapacity: true)
            }
        }
    }

    /// A row as the solver sees it.
    struct Row {
        var version: UInt32
        var build: UInt32
        var depends: UInt32
        var constrains: UInt32
        var trackFeatures: UInt32
        /// `RecordFields.Presence`, and `noarch` from bit 16 on.
        var bits: UInt32
        var buildNumber: UInt64
        var timestamp: UInt64
        var indexedTimestamp: UInt64

        var has: RecordFields.Presence { RecordFields.Presence(rawValue: bits & 0xffff) }
        var noarch: UInt8 { UInt8(truncatingIfNeeded: bits >> 16) }
    }

    /// The rest of a row.
    struct Details {
        var sha256: UnsafeRawBufferPointer
        var md5: UnsafeRawBufferPointer
        var size: UInt64
        /// The name as the record spells it, where that is not the name it is filed under.
        var name: UInt32
        /// The file's name, where it is not `name-version-build` and the kind's suffix.
        var fileName: UInt32
        var license: UInt32
        var licenseFamily: UInt32
        var pythonSitePackagesPath: UInt32
        var others: UInt32
        var flags: UInt32
        /// The place of a list of all groups: for each its name, its dependencies and an empty text.
        var extraDepends: UInt32
    }
}
