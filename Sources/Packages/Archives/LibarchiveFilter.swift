// SPDX-License-Identifier: BSD-3-Clause
import CArchive
import Failures
import Platform

/// Decompresses what a ``LibarchiveFeed`` hands out with a filter of libarchive.
struct LibarchiveFilter: ~Copyable {
    /// The filters that are used here.
    enum Kind: String { case bzip2, gzip }

    private let archive: OpaquePointer
    private let feed: LibarchiveFeed
    private let name: String
    private let subject: String
    private var started = false
    private var isEmpty = false

    /// Reads from `feed`; `name` is what failures call the format.
    init(_ kind: Kind, _ feed: LibarchiveFeed, name: String, subject: String) throws(Failure) {
        guard let archive = archive_read_new() else { throw Failure(.system, subject, "no memory to decompress") }
        self.archive = archive
        self.feed = feed
        self.name = name
        self.subject = subject
        switch kind {
        case .bzip2: archive_read_support_filter_bzip2(archive)
        case .gzip: archive_read_support_filter_gzip(archive)
        }
        archive_read_support_format_raw(archive)
        archive_read_support_format_empty(archive)
    }

    deinit { archive_read_free(archive) }

    /// Puts the next bytes into `buffer`; how many, 0 at the end.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        if !started {
            started = true
            try start()
        }
        if isEmpty { return 0 }
        let count = archive_read_data(archive, buffer.baseAddress, buffer.count)
        if count < 0 { throw failure() }
        return count
    }

    /// Bytes of the feed that were understood; what follows the last stream is left unread.
    var taken: Int64 { archive_filter_bytes(archive, -1) }

    private mutating func start() throws(Failure) {
        let opened = archive_read_open2(
            archive, Unmanaged.passUnretained(feed).toOpaque(), nil, feedArchive, nil, nil)
        guard opened >= ARCHIVE_WARN else { throw failure() }
        var entry: OpaquePointer?
        let header = archive_read_next_header(archive, &entry)
        guard header == ARCHIVE_OK || header == ARCHIVE_WARN || header == ARCHIVE_EOF else { throw failure() }
        isEmpty = header == ARCHIVE_EOF
    }

    private func failure() -> Failure {
        if let failure = feed.failure { return failure }
        let text = archive_error_string(archive).map { String(cString: $0) } ?? "it cannot be read"
        return Failure(.integrity, subject, "\(name): \(text)")
    }
}

/// What libarchive's callback reads from: a part of an archive, and a few bytes before and after it.
final class LibarchiveFeed {
    private var member: MemberInput
    private let subject: String
    /// The bytes before, then those after; libarchive keeps a pointer to what it was lent last.
    private let frame: UnsafeMutableRawBufferPointer
    private var before: Range<Int>
    private var after: Range<Int>
    /// Bytes of ``member`` lent by the last call.
    private var lent = 0
    /// A failure is kept, for C cannot throw.
    fileprivate var failure: Failure?
    /// How many zeros all that came until now ends in.
    private(set) var trailingZeros = 0

    init(_ member: MemberInput, before: [UInt8] = [], after: [UInt8] = [], subject: String) {
        self.member = member
        self.subject = subject
        frame = .allocate(byteCount: before.count + after.count, alignment: 1)
        frame.copyBytes(from: before + after)
        self.before = 0..<before.count
        self.after = before.count..<(before.count + after.count)
    }

    deinit { frame.deallocate() }

    /// Takes what is left of the part.
    func skip() throws(Failure) {
        while try !next().isEmpty {}
    }

    /// The next bytes, valid until the following call; empty at the end.
    fileprivate func next() throws(Failure) -> UnsafeRawBufferPointer {
        member.consume(lent)
        lent = 0
        if !before.isEmpty { return handOut(&before) }
        let window = try member.window(subject: subject)
        guard window.isEmpty else {
            lent = window.count
            let zeros = window.reversed().prefix { $0 == 0 }.count
            trailingZeros = zeros == window.count ? trailingZeros + zeros : zeros
            return window
        }
        return handOut(&after)
    }

    private func handOut(_ range: inout Range<Int>) -> UnsafeRawBufferPointer {
        defer { range = range.upperBound..<range.upperBound }
        return UnsafeRawBufferPointer(rebasing: frame[range])
    }
}

private func feedArchive(
    _ archive: OpaquePointer?, _ data: UnsafeMutableRawPointer?,
    _ bytes: UnsafeMutablePointer<UnsafeRawPointer?>?
) -> Int {
    guard let data, let bytes else { return -1 }
    let feed = Unmanaged<LibarchiveFeed>.fromOpaque(data).takeUnretainedValue()
    do throws(Failure) {
        let window = try feed.next()
        bytes.pointee = window.baseAddress
        return window.count
    } catch {
        feed.failure = error
        return Int(ARCHIVE_FATAL)
    }
}
