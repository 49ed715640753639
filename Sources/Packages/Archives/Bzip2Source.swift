// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Platform

/// Decompresses a bzip2 stream with libarchive.
struct Bzip2Source: ByteSource, ~Copyable {
    private let input: ArchiveInput
    private let feed: LibarchiveFeed
    private var filter: LibarchiveFilter
    private let subject: String
    private var started = false

    init(_ input: ArchiveInput, subject: String) throws(Failure) {
        self.input = input
        self.subject = subject
        feed = LibarchiveFeed(MemberInput(input, size: nil), subject: subject)
        filter = try LibarchiveFilter(.bzip2, feed, name: "bzip2", subject: subject)
    }

    mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        if !started {
            started = true
            // The first bytes decide; libarchive would take any text as "raw".
            let magic = try input.peek(3)
            guard magic.elementsEqual("BZh".utf8) else {
                throw Failure(
                    .integrity, subject, magic.isEmpty ? "the archive is empty" : "the archive is not bzip2")
            }
        }
        let count = try filter.read(into: buffer)
        if count == 0 {
            let taken = filter.taken
            try feed.skip()
            // Writers to tapes and such fill up their last block; the peers read on as if the archive had ended.
            guard Int64(input.received) - taken <= Int64(feed.trailingZeros) else {
                throw Failure(.integrity, subject, "there is data after the end of the bzip2 stream")
            }
        }
        return count
    }
}
