// SPDX-License-Identifier: BSD-3-Clause
import Failures

/// The central directory at the end of a ZIP.
enum ZipDirectory {
    /// The most bytes of it that are looked at.
    static let limit = 128 * 1024

    /// Reads the rest of the archive, which must be a central directory that lists exactly `members`, and its end.
    static func check(
        _ input: ArchiveInput, against members: [ZipMember], subject: String
    ) throws(Failure) {
        let offset = input.offset
        let rest = try input.peek(limit)
        let (listed, length) = try parse(rest, at: offset, subject: subject)
        guard listed.count == members.count else {
            throw refusal("its directory lists \(listed.count) of \(members.count) members", subject)
        }
        for (one, other) in zip(listed.sorted { $0.offset < $1.offset }, members) {
            guard one.name == other.name, one.offset == other.offset, one.size == other.size, one.packed == other.packed
            else {
                throw refusal("its directory and its members do not agree", subject)
            }
        }
        input.consume(length)
        guard try input.window().isEmpty else { throw refusal("there is data after its end", subject) }
    }

    /// The members that the directory at the front of `bytes` lists, and its length with everything that belongs to
    /// it. `offset` is where in the archive `bytes` begin.
    static func parse(
        _ bytes: UnsafeRawBufferPointer, at offset: UInt64, subject: String
    ) throws(Failure) -> (members: [ZipMember], length: Int) {
        var members: [ZipMember] = []
        var place = 0
        while let signature = load(bytes, place, UInt32.self), signature == ZipMember.centralSignature {
            members.append(try member(bytes, &place, subject: subject))
        }
        let directoryLength = place
        var start = offset
        var count = UInt64(members.count)
        var size = UInt64(directoryLength)
        if let signature = load(bytes, place, UInt32.self), signature == 0x0606_4b50 {
            // ZIP64: the end record, then its locator.
            guard let length = load(bytes, place + 4, UInt64.self), length >= 44, length < 1 << 16,
                let wideCount = load(bytes, place + 32, UInt64.self),
                let wideSize = load(bytes, place + 40, UInt64.self),
                let wideStart = load(bytes, place + 48, UInt64.self)
            else { throw refusal("its directory is truncated", subject) }
            (count, size, start) = (wideCount, wideSize, wideStart)
            let locator = place + 12 + Int(length)
            guard load(bytes, locator, UInt32.self) == 0x0706_4b50,
                load(bytes, locator + 8, UInt64.self) == offset + UInt64(place)
            else { throw refusal("its directory is damaged", subject) }
            place = locator + 20
        }
        guard load(bytes, place, UInt32.self) == 0x0605_4b50, place + 22 <= bytes.count,
            let narrowCount = load(bytes, place + 10, UInt16.self),
            let narrowSize = load(bytes, place + 12, UInt32.self),
            let narrowStart = load(bytes, place + 16, UInt32.self),
            let comment = load(bytes, place + 20, UInt16.self)
        else { throw refusal(bytes.count < limit ? "the archive is truncated" : "its directory is damaged", subject) }
        if narrowCount != .max { count = UInt64(narrowCount) }
        if narrowSize != .max { size = UInt64(narrowSize) }
        if narrowStart != .max { start = UInt64(narrowStart) }
        guard count == UInt64(members.count), size == UInt64(directoryLength), start == offset else {
            throw refusal("its directory is damaged", subject)
        }
        place += 22 + Int(comment)
        guard place <= bytes.count else { throw refusal("the archive is truncated", subject) }
        return (members, place)
    }

    private static func member(
        _ bytes: UnsafeRawBufferPointer, _ place: inout Int, subject: String
    ) throws(Failure) -> ZipMember {
        let header = place
        guard let flags = load(bytes, header + 8, UInt16.self), let method = load(bytes, header + 10, UInt16.self),
            let checksum = load(bytes, header + 16, UInt32.self), let packed = load(bytes, header + 20, UInt32.self),
            let unpacked = load(bytes, header + 24, UInt32.self),
            let nameLength = load(bytes, header + 28, UInt16.self),
            let extraLength = load(bytes, header + 30, UInt16.self),
            let commentLength = load(bytes, header + 32, UInt16.self),
            let offset = load(bytes, header + 42, UInt32.self)
        else { throw refusal("its directory is truncated", subject) }
        let nameStart = header + ZipMember.centralHeaderSize
        let extraStart = nameStart + Int(nameLength)
        let end = extraStart + Int(extraLength) + Int(commentLength)
        guard end <= bytes.count else { throw refusal("its directory is truncated", subject) }
        place = end
        return try ZipMember(
            flags: flags, method: method, checksum: checksum, packed: packed, unpacked: unpacked,
            offset: UInt64(offset), offsetIsFull: offset == .max,
            name: UnsafeRawBufferPointer(rebasing: bytes[nameStart..<extraStart]),
            extra: UnsafeRawBufferPointer(rebasing: bytes[extraStart..<extraStart + Int(extraLength)]),
            subject: subject)
    }

    static func load<Number: FixedWidthInteger>(
        _ bytes: UnsafeRawBufferPointer, _ place: Int, _ type: Number.Type
    ) -> Number? {
        guard place >= 0, place + MemoryLayout<Number>.size <= bytes.count else { return nil }
        return Number(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: type))
    }

    private static func refusal(_ reason: String, _ subject: String) -> Failure {
        Failure(.integrity, subject, "ZIP: \(reason)")
    }
}
