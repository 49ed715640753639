// SPDX-License-Identifier: BSD-3-Clause
import Codecs
package import Failures
import Platform

/// A ZIP on the disk whose members are read in any order.
package struct ZipFile: Sendable {
    /// Where the data of a member are, so that it can be read again without the directory.
    package struct Place: Sendable, Equatable {
        /// Where its local header begins.
        package var offset: UInt64
        package var packedSize: UInt32
        package var size: UInt32
        package var checksum: UInt32
        package var isDeflated: Bool

        package init(offset: UInt64, packedSize: UInt32, size: UInt32, checksum: UInt32, isDeflated: Bool) {
            (self.offset, self.packedSize, self.size) = (offset, packedSize, size)
            (self.checksum, self.isDeflated) = (checksum, isDeflated)
        }
    }

    private let file: MappedFile
    private let subject: String

    /// - Throws: `Failure` when there is no such file.
    package init(_ path: String) throws(Failure) {
        file = try MappedFile(path)
        file.advise(random: true)
        subject = path
    }

    /// Looks whether the file at `path` is a whole ZIP, by its directory.
    ///
    /// - Throws: `Failure(.integrity)` when it is not.
    package static func check(_ path: String, subject: String) throws(Failure) {
        try MappedFile(path).withBytes { (bytes) throws(Failure) in _ = try directory(bytes, subject) }
    }

    private static func directory(_ bytes: UnsafeRawBufferPointer, _ subject: String) throws(Failure) -> [ZipMember] {
        let start = try directoryStart(bytes, subject)
        let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
        return try ZipDirectory.parse(rest, at: UInt64(start), subject: subject).members
    }

    /// Every member whose name ends with `suffix` and that is not longer than `limit`, packed or not, and how many are.
    ///
    /// - Throws: `Failure(.integrity)` for what is not a ZIP, and for one that is damaged.
    package func members(
        suffix: String, limit: UInt32
    ) throws(Failure) -> (members: [(name: String, place: Place)], tooLong: Int) {
        try file.withBytes { (bytes) throws(Failure) in
            let members = try Self.directory(bytes, subject)
            var found: [(String, Place)] = []
            found.reserveCapacity(members.count)
            var tooLong = 0
            for member in members where member.name.reversed().starts(with: suffix.utf8.reversed()) {
                // Those of 4 GiB and more too, which ZIP64 has.
                guard let packed = UInt32(exactly: member.packed), let size = UInt32(exactly: member.size),
                    max(packed, size) <= limit
                else {
                    tooLong += 1
                    continue
                }
                let place = Place(
                    offset: member.offset, packedSize: packed, size: size, checksum: member.checksum,
                    isDeflated: member.isDeflated)
                found.append((String(decoding: member.name, as: UTF8.self), place))
            }
            return (found, tooLong)
        }
    }

    /// The bytes of the member at `place`.
    ///
    /// - Throws: `Failure(.integrity)` when they are not there or not what was promised.
    package func read(_ place: Place) throws(Failure) -> [UInt8] {
        try file.withBytes { (bytes) throws(Failure) in
            guard let header = Int(exactly: place.offset), header <= bytes.count - ZipMember.localHeaderSize,
                ZipDirectory.load(bytes, header, UInt32.self) == ZipMember.localSignature,
                let name = ZipDirectory.load(bytes, header + 26, UInt16.self),
                let extra = ZipDirectory.load(bytes, header + 28, UInt16.self)
            else { throw refusal("a member is not where it should be") }
            let start = header + ZipMember.localHeaderSize + Int(name) + Int(extra)
            guard start <= bytes.count, Int(place.packedSize) <= bytes.count - start else {
                throw refusal("a member is truncated")
            }
            let packed = UnsafeRawBufferPointer(rebasing: bytes[start..<start + Int(place.packedSize)])
            let contents =
                place.isDeflated ? try inflate(packed, size: Int(place.size), subject: subject) : Array(packed)
            let sum = RunningChecksum()
            contents.withUnsafeBytes { sum.add($0) }
            guard sum.value == place.checksum else { throw refusal("the checksum of a member is wrong") }
            return contents
        }
    }

    /// Where the central directory begins, as the record at the end of the archive tells.
    private static func directoryStart(_ bytes: UnsafeRawBufferPointer, _ subject: String) throws(Failure) -> Int {
        var place = bytes.count - 22
        let first = max(0, place - Int(UInt16.max))
        while place >= first {
            if ZipDirectory.load(bytes, place, UInt32.self) == 0x0605_4b50,
                let comment = ZipDirectory.load(bytes, place + 20, UInt16.self),
                place + 22 + Int(comment) == bytes.count,
                let start = ZipDirectory.load(bytes, place + 16, UInt32.self)
            {
                if start != .max, Int(start) <= place { return Int(start) }
                // ZIP64: a locator stands before it and leads to a record with wider numbers.
                if start == .max, let record = ZipDirectory.load(bytes, place - 12, UInt64.self),
                    let record = Int(exactly: record), record < place,
                    let wide = ZipDirectory.load(bytes, record + 48, UInt64.self), let wide = Int(exactly: wide),
                    wide <= place
                {
                    return wide
                }
                break
            }
            place -= 1
        }
        throw Failure(.integrity, subject, "the archive is not a ZIP")
    }

    private func refusal(_ reason: String) -> Failure { Failure(.integrity, subject, "ZIP: \(reason)") }
}
