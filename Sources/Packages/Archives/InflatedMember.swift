// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Platform

/// A deflated member of a ZIP. The `.conda` format asks for stored ones, but programs that pack any ZIP write these, and
/// the peers read them.
final class InflatedMember {
    private let member: ZipMember
    private let feed: LibarchiveFeed
    private var filter: LibarchiveFilter
    private let subject: String
    /// Bytes of head and tail.
    private let frameSize: Int64

    /// `data` is the compressed data of `member`.
    ///
    /// - Throws: `Failure(.integrity)` when it says that it unpacks to more than `limits` allow.
    init(_ member: ZipMember, _ data: MemberInput, limits: ExtractionLimits, subject: String) throws(Failure) {
        guard member.size <= limits.freeBytes || member.size / limits.ratio <= member.packed else {
            throw Failure(
                .integrity, subject, "the archive expands far beyond a plausible size (a decompression bomb?)")
        }
        self.member = member
        self.subject = subject
        // The same data with this head and this tail are a file of gzip (RFC 1952), which libarchive has a filter for.
        let head: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]
        var tail: [UInt8] = []
        for number in [member.checksum, UInt32(truncatingIfNeeded: member.size)] {
            withUnsafeBytes(of: number.littleEndian) { tail.append(contentsOf: $0) }
        }
        frameSize = Int64(head.count + tail.count)
        feed = LibarchiveFeed(data, before: head, after: tail, subject: subject)
        filter = try LibarchiveFilter(.gzip, feed, name: "ZIP: deflate", subject: subject)
    }

    /// What it holds, decompressed.
    func open(checksum: RunningChecksum?) -> MemberInput {
        let input = ArchiveInput(expected: ExpectedArchive(), hashing: false, subject: subject) {
            (buffer) throws(Failure) in try self.filter.read(into: buffer)
        }
        return MemberInput(input, size: member.size, checksum: checksum)
    }

    /// Makes sure that it held no more than it said, once all of what ``open(checksum:)`` gave, `opened`, was taken.
    func finish(_ opened: ArchiveInput) throws(Failure) {
        guard try opened.window().isEmpty, filter.taken == Int64(member.packed) + frameSize else {
            throw Failure(.integrity, subject, "ZIP: the sizes of a deflated member are wrong")
        }
        try feed.skip()
    }
}
