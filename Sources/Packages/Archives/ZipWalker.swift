// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Platform

/// Walks the members of a ZIP from front to back as its bytes arrive, and checks at the end that the central directory
/// tells the same story.
struct ZipWalker: ~Copyable {
    private let input: ArchiveInput
    private let subject: String
    private var members: [ZipMember] = []
    /// The rest of an archive whose sizes come after the data; read through the central directory.
    private var spool: ZipSpool?
    private var next = 0
    /// The sum of the last member handed out, and what it has to be.
    private var sum: (running: RunningChecksum, expected: UInt32)?
    /// The last member handed out, where it is deflated, and what was opened of it.
    private var inflated: (member: InflatedMember, opened: ArchiveInput)?
    private let limits: ExtractionLimits

    /// A package has three members; so many more cannot be one.
    private static let memberLimit = 1000

    init(_ input: ArchiveInput, limits: ExtractionLimits, subject: String) {
        self.input = input
        self.limits = limits
        self.subject = subject
    }

    /// The next member, whose data must be taken or skipped before the following call; nil at the end.
    mutating func nextMember(spoolDirectory: String) throws(Failure) -> (ZipMember, MemberInput)? {
        if let inflated { try inflated.member.finish(inflated.opened) }
        inflated = nil
        if let sum, sum.running.value != sum.expected { throw refusal("ZIP: the checksum of a member is wrong") }
        sum = nil
        if spool != nil { return try nextSpooled() }
        let offset = input.offset
        let header = try input.peek(ZipMember.localHeaderSize)
        let signature = header.count >= 4 ? header.loadUnaligned(as: UInt32.self).littleEndian : 0
        guard signature == ZipMember.localSignature else {
            if offset == 0 { throw refusal(header.isEmpty ? "the archive is empty" : "the archive is not a ZIP") }
            try ZipDirectory.check(input, against: members, subject: subject)
            return nil
        }
        guard members.count < Self.memberLimit else { throw refusal("the archive has too many members") }
        let (member, length) = try readLocalHeader(header, offset: offset)
        if member.hasDescriptor {
            spool = try ZipSpool(input, from: offset, directory: spoolDirectory, subject: subject)
            next = 0
            return try nextSpooled()
        }
        input.consume(length)
        members.append(member)
        let running = input.isPromised ? nil : RunningChecksum()
        if let running { sum = (running, member.checksum) }
        let isStored = !member.isDeflated
        let data = MemberInput(input, size: member.packed, checksum: isStored ? running : nil)
        return (member, isStored ? data : try inflate(member, data, running))
    }

    private mutating func inflate(
        _ member: ZipMember, _ data: MemberInput, _ running: RunningChecksum?
    ) throws(Failure) -> MemberInput {
        let packed = try InflatedMember(member, data, limits: limits, subject: subject)
        let data = packed.open(checksum: running)
        inflated = (packed, data.input)
        return data
    }

    private func readLocalHeader(
        _ header: UnsafeRawBufferPointer, offset: UInt64
    ) throws(Failure) -> (ZipMember, Int) {
        guard header.count == ZipMember.localHeaderSize else { throw refusal("the archive is truncated") }
        let nameLength = Int(header.loadUnaligned(fromByteOffset: 26, as: UInt16.self).littleEndian)
        let extraLength = Int(header.loadUnaligned(fromByteOffset: 28, as: UInt16.self).littleEndian)
        let length = ZipMember.localHeaderSize + nameLength + extraLength
        let whole = try input.peek(length)
        guard whole.count == length else { throw refusal("the archive is truncated") }
        let nameEnd = ZipMember.localHeaderSize + nameLength
        let member = try ZipMember(
            flags: whole.loadUnaligned(fromByteOffset: 6, as: UInt16.self).littleEndian,
            method: whole.loadUnaligned(fromByteOffset: 8, as: UInt16.self).littleEndian,
            checksum: whole.loadUnaligned(fromByteOffset: 14, as: UInt32.self).littleEndian,
            packed: whole.loadUnaligned(fromByteOffset: 18, as: UInt32.self).littleEndian,
            unpacked: whole.loadUnaligned(fromByteOffset: 22, as: UInt32.self).littleEndian,
            offset: offset, offsetIsFull: false,
            name: UnsafeRawBufferPointer(rebasing: whole[ZipMember.localHeaderSize..<nameEnd]),
            extra: UnsafeRawBufferPointer(rebasing: whole[nameEnd...]), subject: subject)
        return (member, length)
    }

    private mutating func nextSpooled() throws(Failure) -> (ZipMember, MemberInput)? {
        guard let spool, next < spool.members.count else { return nil }
        let member = spool.members[next]
        next += 1
        let data = try spool.open(member, subject: subject)
        return (member, member.isDeflated ? try inflate(member, data, nil) : data)
    }

    private func refusal(_ reason: String) -> Failure { Failure(.integrity, subject, reason) }
}
