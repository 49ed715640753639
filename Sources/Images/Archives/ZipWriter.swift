// SPDX-License-Identifier: BSD-3-Clause

import Codecs
package import Failures
package import Platform

/// Writes a zip archive (APPNOTE 6.3): deflated files with the modes and links of Unix, zip64 where numbers are large.
package final class ZipWriter: ArchiveWriter {
    /// What the directory at the end tells of an entry.
    private struct Member {
        var name: [UInt8]
        var attributes: UInt32
        var time: UInt32
        var isDeflated: Bool
        var offset: UInt64
        var checksum: UInt32 = 0
        var size: UInt64 = 0
        var packed: UInt64 = 0
    }

    private let output: Descriptor
    private let subject: String
    private let pipeline: BlockPipeline
    private var members: [Member] = []
    /// Where the next byte goes; known when all blocks before have come.
    private var offset: UInt64 = 0
    private var block: [UInt8] = []
    private var before: [UInt8] = []

    /// Writes to `output`, an empty file.
    package init(to output: consuming Descriptor, subject: String, workers: Int = processorCount()) {
        self.output = output
        self.subject = subject
        pipeline = BlockPipeline(workers: workers)
    }

    package func begin(_ entry: ArchiveEntry) throws(Failure) {
        var path = entry.path
        var type: UInt32 = 0o100000
        var isDeflated = false
        var target: [UInt8] = []
        switch entry.kind {
        case .directory:
            path += "/"
            type = 0o040000
        case .softLink(let text):
            type = 0o120000
            target = Array(text.utf8)
        case .file: isDeflated = true
        }
        // The end of the last file has to be known.
        try pipeline.deliver()
        var member = Member(
            name: Array(path.utf8), attributes: (type | entry.mode) << 16, time: Self.time(entry.time),
            isDeflated: isDeflated, offset: offset)
        if type == 0o040000 { member.attributes |= 0x10 }
        members.append(member)
        // Sizes come when they are known.
        try emit(Self.local(member))
        if !target.isEmpty {
            let block = try DeflateBlock(target, after: [], isLast: true)
            members[members.count - 1].checksum = block.checksum
            members[members.count - 1].size = UInt64(target.count)
            members[members.count - 1].packed = UInt64(target.count)
            try emit(target)
            try patch()
        }
    }

    package func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        var rest = bytes
        while !rest.isEmpty {
            let count = min(rest.count, LayerCompression.gzip.blockSize - block.count)
            block.append(contentsOf: UnsafeRawBufferPointer(rebasing: rest[..<count]))
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            if block.count == LayerCompression.gzip.blockSize { try flush(isLast: false) }
        }
    }

    package func end() throws(Failure) {
        try flush(isLast: true)
        before = []
        try pipeline.deliver()
        try patch()
    }

    private func flush(isLast: Bool) throws(Failure) {
        let input = block
        let before = self.before
        block = []
        self.before = Array(input.suffix(DeflateBlock.window))
        let number = members.count - 1
        try pipeline.submit(input, after: before, isLast: isLast, .gzip) { [self] (block) throws(Failure) in
            members[number].checksum = DeflateBlock.checksum(
                members[number].checksum, followedBy: block.checksum, count: block.count)
            members[number].size += UInt64(block.count)
            members[number].packed += UInt64(block.bytes.count)
            try emit(block.bytes)
        }
    }

    package func finish() throws(Failure) -> Blob {
        let start = offset
        for member in members { try emit(Self.central(member)) }
        try emit(Self.trailer(count: UInt64(members.count), start: start, size: offset - start))
        guard let none = SHA256Digest(bytes: [UInt8](repeating: 0, count: SHA256Digest.byteCount)) else {
            throw Failure(.other, subject, "has no digest")
        }
        // Headers were written over, so nobody has seen its bytes in order; nothing asks for their digest.
        return Blob(digest: none, size: offset, plainDigest: none)
    }

    /// Writes the header of the last member again, now that its sizes are known.
    private func patch() throws(Failure) {
        let member = members[members.count - 1]
        do throws(Errno) {
            try Self.local(member).withBytes { (bytes) throws(Errno) in
                try SystemCall.writeAll(output, at: member.offset, bytes)
            }
        } catch {
            throw Failure(error, subject, "write")
        }
    }

    private func emit(_ bytes: [UInt8]) throws(Failure) {
        do throws(Errno) {
            try bytes.withBytes { (bytes) throws(Errno) in try SystemCall.writeAll(output, at: offset, bytes) }
        } catch {
            throw Failure(error, subject, "write")
        }
        offset += UInt64(bytes.count)
    }

    /// Seconds since 1970 in the form of MS-DOS, which begins in 1980, in UTC.
    static func time(_ seconds: Int64) -> UInt32 {
        let date = universalTime(min(max(seconds, 315_532_800), 4_354_819_198))
        return UInt32(date.year - 1980) << 25 | UInt32(date.month) << 21 | UInt32(date.day) << 16
            | UInt32(date.hour) << 11 | UInt32(date.minute) << 5 | UInt32(date.second / 2)
    }

    /// The header before a member's bytes; always with room for large sizes, so that it does not grow.
    private static func local(_ member: Member) -> [UInt8] {
        var record = LittleEndian()
        record.add(0x0403_4b50, 4)
        record.common(member.isDeflated, member.time, member.checksum)
        record.add(0xffff_ffff, 4)
        record.add(0xffff_ffff, 4)
        record.add(UInt64(member.name.count), 2)
        record.add(20, 2)
        record.bytes += member.name
        record.add(1, 2)
        record.add(16, 2)
        record.add(member.size, 8)
        record.add(member.packed, 8)
        return record.bytes
    }

    private static func central(_ member: Member) -> [UInt8] {
        var record = LittleEndian()
        record.add(0x0201_4b50, 4)
        // Made on Unix.
        record.add(0x032d, 2)
        record.common(member.isDeflated, member.time, member.checksum)
        record.add(0xffff_ffff, 4)
        record.add(0xffff_ffff, 4)
        record.add(UInt64(member.name.count), 2)
        record.add(28, 2)
        record.add(0, 2)
        record.add(0, 2)
        record.add(0, 2)
        record.add(UInt64(member.attributes), 4)
        record.add(0xffff_ffff, 4)
        record.bytes += member.name
        record.add(1, 2)
        record.add(24, 2)
        record.add(member.size, 8)
        record.add(member.packed, 8)
        record.add(member.offset, 8)
        return record.bytes
    }

    private static func trailer(count: UInt64, start: UInt64, size: UInt64) -> [UInt8] {
        var record = LittleEndian()
        record.add(0x0606_4b50, 4)
        record.add(44, 8)
        record.add(0x032d, 2)
        record.add(45, 2)
        record.add(0, 4)
        record.add(0, 4)
        record.add(count, 8)
        record.add(count, 8)
        record.add(size, 8)
        record.add(start, 8)
        record.add(0x0706_4b50, 4)
        record.add(0, 4)
        record.add(start + size, 8)
        record.add(1, 4)
        record.add(0x0605_4b50, 4)
        record.add(0, 2)
        record.add(0, 2)
        record.add(min(count, 0xffff), 2)
        record.add(min(count, 0xffff), 2)
        record.add(min(size, 0xffff_ffff), 4)
        record.add(min(start, 0xffff_ffff), 4)
        record.add(0, 2)
        return record.bytes
    }
}

/// Numbers put together, the lowest byte first.
private struct LittleEndian {
    var bytes: [UInt8] = []

    mutating func add(_ value: UInt64, _ count: Int) {
        for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(index * 8))) }
    }

    /// What both headers of a member have: version 4.5, names in UTF-8, method, time, checksum.
    mutating func common(_ isDeflated: Bool, _ time: UInt32, _ checksum: UInt32) {
        add(45, 2)
        add(0x0800, 2)
        add(isDeflated ? 8 : 0, 2)
        add(UInt64(time), 4)
        add(UInt64(checksum), 4)
    }
}
