// SPDX-License-Identifier: BSD-3-Clause
//
// The index of one subdir: a header of 64 bytes, blocks of records (`RecordBlock`), and a footer with a description,
// the sorted names, where each name's blocks are, and their checksums. Header and footer are verified when an index is
// opened, each block when it is first looked at; so a damaged index is noticed without reading all of it.
import Codecs
import Failures

/// An index that is ready to be asked, in a file or in memory.
final class IndexFile: Sendable {
    private let bytes: IndexBytes
    /// The tables behind the records.
    private let footer: IndexBytes.Piece
    /// Names this very index: its length and the checksum of its tables.
    let identity: String
    let nameCount: Int
    private let blockCount: Int
    private let removedCount: Int
    private let namesOffset: Int
    private let blocksOffset: Int
    private let removedOffset: Int
    private let textsOffset: Int
    /// What the document said of itself, and what was counted.
    let description: JSON

    static let magic: UInt64 = 0x31_7864_692d_746b
    /// Another number for each change of the layout: older files are then made anew.
    static let formatVersion: UInt32 = 3
    static let headerSize = 64
    private static let nameSize = 24
    private static let blockSize = 24
    private static let removedSize = 8

    /// Opens the index at `path`.
    convenience init(_ path: String) throws(Failure) {
        try self.init(IndexBytes(path))
    }

    /// Opens an index, verifying its header and tables.
    init(_ bytes: IndexBytes) throws(Failure) {
        let subject = bytes.subject
        func damaged(_ reason: String) -> Failure { Failure(.integrity, subject, "the index is damaged: \(reason)") }
        let header = try bytes.piece(0, Self.headerSize)
        guard header.raw.long(0) == Self.magic, header.raw.word(8) == Self.formatVersion else {
            throw Failure(.integrity, subject, "is not an index of this version")
        }
        guard ByteHash.checksum(UnsafeRawBufferPointer(rebasing: header.raw[..<48])) == header.raw.long(48) else {
            throw damaged("its header is wrong")
        }
        let (length, start, size) = (header.raw.long(16), header.raw.long(24), header.raw.long(32))
        guard length == UInt64(bytes.count), start >= Self.headerSize, start <= length, size == length - start,
            size >= 16
        else { throw damaged("its length is wrong") }
        footer = try bytes.piece(Int(start), Int(size))
        guard ByteHash.checksum(footer.raw) == header.raw.long(40) else { throw damaged("its tables are wrong") }
        identity = "\(length)-\(String(header.raw.long(40), radix: 16))"
        let descriptionSize = Int(footer.raw.word(0))
        nameCount = Int(footer.raw.word(4))
        blockCount = Int(footer.raw.word(8))
        removedCount = Int(footer.raw.word(12))
        namesOffset = 16
        blocksOffset = namesOffset + nameCount * Self.nameSize
        removedOffset = blocksOffset + blockCount * Self.blockSize
        let descriptionOffset = removedOffset + removedCount * Self.removedSize
        textsOffset = descriptionOffset + descriptionSize
        guard textsOffset <= footer.raw.count else { throw damaged("its tables do not fit") }
        description = try JSON.parse(
            UnsafeRawBufferPointer(rebasing: footer.raw[descriptionOffset..<textsOffset]), subject: subject)
        self.bytes = bytes
    }

    /// Where the archives are, as the document says it; nil for beside the document.
    var baseURL: String? { description["info"]?["base_url"]?.string }

    /// Records, those left out as unfit, and those that only newer clients know.
    var counts: (records: Int, skipped: Int, hidden: Int) {
        (
            description["records"]?.int ?? 0, description["skipped"]?.int ?? 0, description["hidden"]?.int ?? 0
        )
    }

    /// The files of the first records that were left out as unfit.
    var skippedFiles: [String] { description["skippedFiles"]?.array?.compactMap(\.string) ?? [] }

    /// The place of `name` among the names; nil when the subdir has none such.
    func find(_ name: String) -> Int? {
        var name = name
        return name.withUTF8 { wanted in
            let wanted = UnsafeRawBufferPointer(wanted)
            var low = 0
            var high = nameCount
            while low < high {
                let middle = (low + high) / 2
                if nameBytes(middle).lexicographicallyPrecedes(wanted) { low = middle + 1 } else { high = middle }
            }
            return low < nameCount && nameBytes(low).elementsEqual(wanted) ? low : nil
        }
    }

    /// The name at `place`.
    func name(_ place: Int) -> String { String(decoding: nameBytes(place), as: UTF8.self) }

    /// The blocks of the name at `place`, verified; throws when one is damaged.
    func blocks(_ place: Int) throws(Failure) -> [RecordBlock] {
        let entry = namesOffset + place * Self.nameSize
        var blocks: [RecordBlock] = []
        let range = slice(first: word(entry + 8), count: word(entry + 12), of: blockCount)
        for number in range {
            let offset = blocksOffset + number * Self.blockSize
            let part = try bytes.piece(Int(truncatingIfNeeded: long(offset)), Int(word(offset + 8)))
            guard ByteHash.checksum(part.raw) == long(offset + 16), let block = RecordBlock(part.raw, owner: part)
            else {
                throw Failure(
                    .integrity, bytes.subject,
                    "the index is damaged: records do not have the checksum they were written with")
            }
            blocks.append(block)
        }
        return blocks
    }

    /// The files of the name at `place` that must not be chosen.
    func removed(_ place: Int) -> Set<String> {
        let entry = namesOffset + place * Self.nameSize
        var names: Set<String> = []
        for number in slice(first: word(entry + 16), count: word(entry + 20), of: removedCount) {
            let offset = removedOffset + number * Self.removedSize
            names.insert(String(decoding: text(word(offset), word(offset + 4)), as: UTF8.self))
        }
        return names
    }

    private func nameBytes(_ place: Int) -> UnsafeRawBufferPointer {
        precondition(place < nameCount)
        let entry = namesOffset + place * Self.nameSize
        return text(word(entry), word(entry + 4))
    }

    private func text(_ offset: UInt32, _ count: UInt32) -> UnsafeRawBufferPointer {
        let begin = textsOffset + Int(offset)
        guard begin + Int(count) <= footer.raw.count else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(rebasing: footer.raw[begin..<begin + Int(count)])
    }

    private func slice(first: UInt32, count: UInt32, of total: Int) -> Range<Int> {
        let end = Int(first) + Int(count)
        return end <= total ? Int(first)..<end : 0..<0
    }

    private func word(_ offset: Int) -> UInt32 { footer.raw.word(offset) }

    private func long(_ offset: Int) -> UInt64 { footer.raw.long(offset) }
}

extension UnsafeRawBufferPointer {
    /// The little-endian 32 bits at `offset`.
    @inline(__always)
    func word(_ offset: Int) -> UInt32 {
        UInt32(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    /// The little-endian 64 bits at `offset`.
    @inline(__always)
    func long(_ offset: Int) -> UInt64 {
        UInt64(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}
