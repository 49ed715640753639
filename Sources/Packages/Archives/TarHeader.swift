// SPDX-License-Identifier: BSD-3-Clause
import Failures

/// The fields of one 512-byte header block (POSIX ustar and GNU tar).
struct TarHeader {
    static let size = 512

    let type: UInt8
    let size: UInt64
    private let block: UnsafeRawBufferPointer

    /// The header in `block`, which must stay valid while this is used; nil for a block of zeros, the end mark.
    init?(_ block: UnsafeRawBufferPointer, subject: String) throws(Failure) {
        self.block = block
        type = block[156]
        if block[0] == 0, block.allSatisfy({ $0 == 0 }) { return nil }
        // The field of the sum counts as blanks; taken out afterwards, so that the loop works on many bytes at once.
        var unsigned: UInt32 = 8 * 32
        var signed: Int32 = 8 * 32
        for byte in block {
            unsigned &+= UInt32(byte)
            signed &+= Int32(Int8(bitPattern: byte))
        }
        for byte in block[148..<156] {
            unsigned &-= UInt32(byte)
            signed &-= Int32(Int8(bitPattern: byte))
        }
        let sum = try Self.number(block, 148..<156, "checksum", subject)
        // Very old writers summed signed characters.
        guard sum == unsigned || Int64(sum) == Int64(signed) else {
            throw Failure(.integrity, subject, "the tar is damaged: a header's checksum is wrong")
        }
        size = try Self.number(block, 124..<136, "size", subject)
    }

    /// Puts what the header says of a file, directory or link into `entry`; other kinds are refused.
    func fill(_ entry: inout TarEntry, subject: String) throws(Failure) {
        switch type {
        case 0, UInt8(ascii: "0"), UInt8(ascii: "7"): entry.kind = .file
        case UInt8(ascii: "1"): entry.kind = .hardLink
        case UInt8(ascii: "2"): entry.kind = .symbolicLink
        case UInt8(ascii: "5"): entry.kind = .directory
        default:
            throw Failure(.integrity, subject, "`\(text(0..<100))` in the archive is \(Self.kindName(type))")
        }
        entry.name.removeAll(keepingCapacity: true)
        // GNU tar uses the field of the prefix for other things.
        if block[257..<263].elementsEqual([0x75, 0x73, 0x74, 0x61, 0x72, 0]), block[345] != 0 {
            append(345..<500, to: &entry.name)
            entry.name.append(UInt8(ascii: "/"))
        }
        append(0..<100, to: &entry.name)
        entry.target.removeAll(keepingCapacity: true)
        append(157..<257, to: &entry.target)
        entry.size = size
        entry.mode = UInt32(truncatingIfNeeded: try Self.number(block, 100..<108, "mode", subject)) & 0o7777
        // A time before 1970 or none at all is no reason to refuse a file.
        entry.modified = Int64(exactly: (try? Self.number(block, 136..<148, "time", subject)) ?? 0) ?? 0
    }

    private func append(_ field: Range<Int>, to bytes: inout [UInt8]) {
        let end = block[field].firstIndex(of: 0) ?? field.upperBound
        bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: block[field.lowerBound..<end]))
    }

    private func text(_ field: Range<Int>) -> String {
        String(decoding: block[field].prefix { $0 != 0 }, as: UTF8.self)
    }

    /// An octal number, or a big-endian one when the first bit is set.
    private static func number(
        _ block: UnsafeRawBufferPointer, _ field: Range<Int>, _ what: String, _ subject: String
    ) throws(Failure) -> UInt64 {
        let first = block[field.lowerBound]
        if first & 0x80 != 0 {
            var value = UInt64(first & 0x3f)
            guard first & 0x40 == 0 else { throw Failure(.integrity, subject, "a tar header's \(what) is negative") }
            for byte in block[field.dropFirst()] {
                guard value < 1 << 55 else { throw Failure(.integrity, subject, "a tar header's \(what) is too large") }
                value = value << 8 | UInt64(byte)
            }
            return value
        }
        var value: UInt64 = 0
        var digits = false
        for byte in block[field] {
            if byte == 0 || (byte == 32 && digits) { break }
            if byte == 32 { continue }
            guard (48...55).contains(byte) else {
                throw Failure(.integrity, subject, "a tar header's \(what) is not a number")
            }
            digits = true
            value = value << 3 | UInt64(byte - 48)
        }
        return value
    }

    private static func kindName(_ type: UInt8) -> String {
        switch type {
        case UInt8(ascii: "3"), UInt8(ascii: "4"): "a device"
        case UInt8(ascii: "6"): "a fifo"
        case UInt8(ascii: "S"): "a sparse file"
        default: "of an unknown kind (\(type))"
        }
    }
}
