// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Platform

/// The part of a ZIP that cannot be walked forward because sizes stand after the data, kept in a nameless file.
struct ZipSpool {
    /// The members that lie in the file, in the order of the central directory.
    let members: [ZipMember]
    private let file: MappedFile
    /// Where in the archive the file begins.
    private let base: UInt64

    /// Takes everything that is left of `input`.
    init(_ input: ArchiveInput, from offset: UInt64, directory: String, subject: String) throws(Failure) {
        let name = Path.join(directory, temporaryName(prefix: ".spool-"))
        let descriptor = try Descriptor.open(name, [.readWrite, .create, .exclusive, .noFollow], mode: 0o600)
        try FileSystem.unlink(name)
        while true {
            let window = try input.window()
            if window.isEmpty { break }
            do throws(Errno) {
                try SystemCall.writeAll(descriptor, window)
            } catch {
                throw Failure(error, name, "write")
            }
            input.consume(window.count)
        }
        let file = try MappedFile(descriptor, subject: subject)
        self.file = file
        base = offset
        members = try file.withBytes { (bytes) throws(Failure) in
            try Self.findMembers(bytes, base: offset, subject: subject)
        }
    }

    /// The data of `member`, as it is packed.
    func open(_ member: ZipMember, subject: String) throws(Failure) -> MemberInput {
        defer { withExtendedLifetime(file) {} }
        let bytes = file.bytes
        guard member.offset >= base, member.offset - base <= UInt64(bytes.count),
            case let start = Int(member.offset - base), start + ZipMember.localHeaderSize <= bytes.count,
            bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self).littleEndian == ZipMember.localSignature
        else { throw Failure(.integrity, subject, "ZIP: its directory is damaged") }
        let name = Int(bytes.loadUnaligned(fromByteOffset: start + 26, as: UInt16.self).littleEndian)
        let extra = Int(bytes.loadUnaligned(fromByteOffset: start + 28, as: UInt16.self).littleEndian)
        let data = start + ZipMember.localHeaderSize + name + extra
        guard data <= bytes.count, member.packed <= UInt64(bytes.count - data),
            bytes[(start + ZipMember.localHeaderSize)..<(start + ZipMember.localHeaderSize + name)]
                .elementsEqual(member.name)
        else { throw Failure(.integrity, subject, "ZIP: its directory and its members do not agree") }
        var place = data
        let end = data + Int(member.packed)
        let file = file
        let input = ArchiveInput(expected: ExpectedArchive(), hashing: false, subject: subject) {
            (buffer) throws(Failure) in
            let count = min(buffer.count, end - place)
            file.withBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[place..<place + count])) }
            place += count
            return count
        }
        return MemberInput(input, size: member.packed)
    }

    /// Searches the end record backwards, as every reader of ZIP files does.
    private static func findMembers(
        _ bytes: UnsafeRawBufferPointer, base: UInt64, subject: String
    ) throws(Failure) -> [ZipMember] {
        var end = bytes.count - 22
        while end >= 0, bytes.count - end <= ZipDirectory.limit / 2 {
            if bytes.loadUnaligned(fromByteOffset: end, as: UInt32.self).littleEndian == 0x0605_4b50 { break }
            end -= 1
        }
        guard end >= 0, bytes.count - end <= ZipDirectory.limit / 2 else {
            throw Failure(.integrity, subject, "the archive is truncated")
        }
        var start = UInt64(bytes.loadUnaligned(fromByteOffset: end + 16, as: UInt32.self).littleEndian)
        if start == UInt64(UInt32.max), end >= 20 + 56 {
            // The ZIP64 locator stands just before and tells where the wide end record is.
            let record = bytes.loadUnaligned(fromByteOffset: end - 20 + 8, as: UInt64.self).littleEndian
            if record >= base, record - base <= UInt64(bytes.count - 56) {
                start = bytes.loadUnaligned(fromByteOffset: Int(record - base) + 48, as: UInt64.self).littleEndian
            }
        }
        guard start >= base, start - base <= UInt64(bytes.count) else {
            throw Failure(.integrity, subject, "ZIP: its directory is damaged")
        }
        let (members, length) = try ZipDirectory.parse(
            UnsafeRawBufferPointer(rebasing: bytes[Int(start - base)...]), at: start, subject: subject)
        guard Int(start - base) + length == bytes.count else {
            throw Failure(.integrity, subject, "ZIP: there is data after its end")
        }
        return members.filter { $0.offset >= base }
    }
}
