// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Failures

/// Collects the records of one subdir into index bytes, which leave through `output` as they are made.
///
/// Records of one name need not stand together in the source: each run of them is a block, and the table of names at the end
/// knows all blocks of a name.
final class IndexBuilder {
    /// The document's `info` object.
    var info = JSON.null
    /// Records left out because they are not what they should be, and the files that the first of them are of.
    private(set) var skippedCount = 0
    private var skippedFiles: [String] = []
    /// Records in forms that only newer clients know.
    var hiddenCount = 0
    private var recordCount = 0
    private let output: any IndexOutput
    private var records: RecordBlockBuilder
    private var names = ByteInterner(slots: 1 << 15)
    /// The name of the block being made; no name at first.
    private var current: UInt32?
    private var lowered: [UInt8] = []
    private var buffer = ByteBuffer(capacity: 1 << 20)
    private var blocks: [Block] = []
    private var removed: [(name: UInt32, fileName: String)] = []

    private struct Block {
        var name: UInt32
        var offset: UInt64
        var length: UInt32
        var rows: UInt32
        var checksum: UInt64
    }

    init(_ output: any IndexOutput, notation: RecordFields.Notation = .json) {
        self.output = output
        records = RecordBlockBuilder(notation)
        // The header's place; it is written when all else is.
        for _ in 0..<IndexFile.headerSize { buffer.append(0 as UInt8) }
    }

    /// Adds one record that has a name, version and build. `stem` is its file's name without the kind's suffix.
    func add(_ fields: RecordFields, _ kind: ArchiveKind, stem: ByteSlice) throws(Failure) {
        guard let start = fields.name.start else { return }
        var filed = ByteSlice(start: start, count: fields.name.count)
        if hasUpperCase(filed) {
            lowered = UnsafeBufferPointer(start: start, count: filed.count).map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }
            let number = lowered.withUnsafeBufferPointer { names.intern($0.baseAddress ?? start, $0.count).number }
            filed = ByteSlice(start: names.bytes + Int(names.starts[Int(number)]), count: filed.count)
        }
        if let current, records.kind == kind, records.size < 8 << 20 {
            if names.text(current).hasSameBytes(as: filed.raw) {
                return count(records.add(fields, stem: stem, name: filed), kind, stem)
            }
        }
        try flush()
        current = names.intern(filed.start ?? start, filed.count).number
        records.begin(kind)
        count(records.add(fields, stem: stem, name: filed), kind, stem)
    }

    /// Counts a record that is left out, of the file `fileName`.
    func passOver(_ fileName: String) {
        skippedCount += 1
        if skippedFiles.count < 100 { skippedFiles.append(fileName) }
    }

    /// Notes a file that must not be chosen even if it is listed.
    func remove(fileName: String) {
        for kind in [".conda", ".tar.bz2"] where fileName.hasSuffix(kind) {
            // name-version-build: the name ends at the last dash but one.
            let stem = fileName.utf8.dropLast(kind.utf8.count)
            guard let last = stem.lastIndex(of: UInt8(ascii: "-")),
                let dash = stem[..<last].lastIndex(of: UInt8(ascii: "-"))
            else { return }
            let name = String(decoding: stem[..<dash], as: UTF8.self).lowercased()
            removed.append((names.intern(name).number, fileName))
        }
    }

    /// Writes what is left, the tables and the header. `facts` are further members for the index's description.
    func finish(_ facts: [JSONMember] = []) throws(Failure) {
        try flush()
        try drain()
        let footerOffset = output.count
        var footer = ByteBuffer(capacity: 1 << 20)
        writeFooter(&footer, facts)
        try output.append(footer.raw)
        var header = ByteBuffer(capacity: IndexFile.headerSize)
        header.append(IndexFile.magic)
        header.append(IndexFile.formatVersion)
        header.append(0 as UInt32)
        header.append(UInt64(output.count))
        header.append(UInt64(footerOffset))
        header.append(UInt64(footer.count))
        header.append(ByteHash.checksum(footer.raw))
        header.append(ByteHash.checksum(header.raw))
        header.pad(to: IndexFile.headerSize)
        try output.finish(header: header.raw)
    }

    @inline(__always)
    private func count(_ isAdded: Bool, _ kind: ArchiveKind, _ stem: ByteSlice) {
        if isAdded {
            recordCount += 1
        } else {
            passOver(String(decoding: stem.raw, as: UTF8.self) + kind.suffix.description)
        }
    }

    @inline(__always)
    private func hasUpperCase(_ slice: ByteSlice) -> Bool {
        for index in 0..<slice.count where slice.start.map({ $0[index] &- 0x41 < 26 }) ?? false { return true }
        return false
    }

    private func flush() throws(Failure) {
        guard let current, records.rowCount > 0 else { return }
        let before = buffer.count
        records.write(to: &buffer)
        let bytes = UnsafeRawBufferPointer(rebasing: buffer.raw[before...])
        blocks.append(
            Block(
                name: current, offset: UInt64(output.count + before), length: UInt32(bytes.count),
                rows: UInt32(records.rowCount), checksum: ByteHash.checksum(bytes)))
        records.begin(records.kind)
        self.current = nil
        if buffer.count > 1 << 19 { try drain() }
    }

    private func drain() throws(Failure) {
        try output.append(buffer.raw)
        buffer.removeAll()
    }

    private func writeFooter(_ footer: inout ByteBuffer, _ facts: [JSONMember]) {
        var description: [JSONMember] = [
            JSONMember("info", info), JSONMember("records", .integer(Int64(recordCount))),
            JSONMember("skipped", .integer(Int64(skippedCount))), JSONMember("hidden", .integer(Int64(hiddenCount))),
        ]
        if !skippedFiles.isEmpty { description.append(JSONMember("skippedFiles", .strings(skippedFiles))) }
        description += facts
        let text = JSON.object(description).serialized()
        // Names in order of their bytes, each with its blocks and removed files side by side.
        let order = (0..<UInt32(names.count)).sorted { left, right in
            names.text(left).lexicographicallyPrecedes(names.text(right))
        }
        var rank = [UInt32](repeating: 0, count: order.count)
        for (index, name) in order.enumerated() { rank[Int(name)] = UInt32(index) }
        let sortedBlocks = blocks.sorted { (rank[Int($0.name)], $0.offset) < (rank[Int($1.name)], $1.offset) }
        let sortedRemoved = removed.sorted { (rank[Int($0.name)], $0.fileName) < (rank[Int($1.name)], $1.fileName) }
        var texts = ByteBuffer(capacity: names.byteCount + 64)
        footer.append(UInt32(text.count))
        footer.append(UInt32(order.count))
        footer.append(UInt32(sortedBlocks.count))
        footer.append(UInt32(sortedRemoved.count))
        var block = 0
        var gone = 0
        for name in order {
            let bytes = names.text(name)
            footer.append(UInt32(texts.count))
            footer.append(UInt32(bytes.count))
            texts.append(bytes)
            let firstBlock = block
            while block < sortedBlocks.count, sortedBlocks[block].name == name { block += 1 }
            footer.append(UInt32(firstBlock))
            footer.append(UInt32(block - firstBlock))
            let firstGone = gone
            while gone < sortedRemoved.count, sortedRemoved[gone].name == name { gone += 1 }
            footer.append(UInt32(firstGone))
            footer.append(UInt32(gone - firstGone))
        }
        for block in sortedBlocks {
            footer.append(block.offset)
            footer.append(block.length)
            footer.append(block.rows)
            footer.append(block.checksum)
        }
        for entry in sortedRemoved {
            var fileName = entry.fileName
            footer.append(UInt32(texts.count))
            footer.append(UInt32(fileName.utf8.count))
            fileName.withUTF8 { texts.append(UnsafeRawBufferPointer($0)) }
        }
        text.withUnsafeBytes { footer.append($0) }
        footer.append(texts.raw)
    }
}
