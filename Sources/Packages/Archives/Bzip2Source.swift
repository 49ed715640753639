// SPDX-License-Identifier: BSD-3-Clause
import CArchive
import Failures
import Platform

/// Decompresses a bzip2 stream with libarchive.
struct Bzip2Source: ByteSource, ~Copyable {
    private let archive: OpaquePointer
    private let feed: Feed
    private let subject: String
    private var started = false

    init(_ input: ArchiveInput, subject: String) throws(Failure) {
        guard let archive = archive_read_new() else { throw Failure(.system, subject, "no memory to decompress") }
        self.archive = archive
        self.subject = subject
        feed = Feed(input)
        archive_read_support_filter_bzip2(archive)
        archive_read_support_format_raw(archive)
    }

    deinit { archive_read_free(archive) }

    mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        if !started {
            started = true
            try start()
        }
        let count = archive_read_data(archive, buffer.baseAddress, buffer.count)
        if count < 0 { throw failure() }
        if count == 0 {
            // libarchive leaves what follows the last bzip2 stream unread.
            let taken = archive_filter_bytes(archive, -1)
            try feed.input.drain()
            guard taken == Int64(feed.input.received) else {
                throw Failure(.integrity, subject, "there is data after the end of the bzip2 stream")
            }
        }
        return count
    }

    private func start() throws(Failure) {
        // The first bytes decide; libarchive would take any text as "raw".
        let magic = try feed.input.peek(3)
        guard magic.elementsEqual("BZh".utf8) else {
            throw Failure(.integrity, subject, magic.isEmpty ? "the archive is empty" : "the archive is not bzip2")
        }
        let opened = archive_read_open2(
            archive, Unmanaged.passUnretained(feed).toOpaque(), nil, feedArchive, nil, nil)
        guard opened >= ARCHIVE_WARN else { throw failure() }
        var entry: OpaquePointer?
        let header = archive_read_next_header(archive, &entry)
        guard header == ARCHIVE_OK || header == ARCHIVE_WARN || header == ARCHIVE_EOF else { throw failure() }
    }

    private func failure() -> Failure {
        if let failure = feed.failure { return failure }
        let text = archive_error_string(archive).map { String(cString: $0) } ?? "it cannot be read"
        return Failure(.integrity, subject, "bzip2: \(text)")
    }
}

/// What libarchive's callback reads from; a failure is kept, for C cannot throw.
private final class Feed {
    let input: ArchiveInput
    var failure: Failure?
    /// Bytes lent to libarchive by the last call.
    var lent = 0

    init(_ input: ArchiveInput) {
        self.input = input
    }
}

private func feedArchive(
    _ archive: OpaquePointer?, _ data: UnsafeMutableRawPointer?,
    _ bytes: UnsafeMutablePointer<UnsafeRawPointer?>?
) -> Int {
    guard let data, let bytes else { return -1 }
    let feed = Unmanaged<Feed>.fromOpaque(data).takeUnretainedValue()
    do throws(Failure) {
        feed.input.consume(feed.lent)
        feed.lent = 0
        let window = try feed.input.window()
        feed.lent = window.count
        bytes.pointee = window.baseAddress
        return window.count
    } catch {
        feed.failure = error
        return Int(ARCHIVE_FATAL)
    }
}
