// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Failures
import Platform

/// The bytes of an archive as they come, hashed and counted on the way, with a window to look ahead.
///
/// Used by one thread at a time.
package final class ArchiveInput {
    private let readMore: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    private let buffer: UnsafeMutableRawBufferPointer
    private var start = 0
    private var end = 0
    private var atEnd = false
    private var sha256: SHA256Hasher?
    private var md5: MD5Hasher?
    private let limit: UInt64?
    private let subject: String
    /// Bytes that have come in.
    private(set) var received: UInt64 = 0
    /// Where the window begins, counted from the archive's first byte.
    var offset: UInt64 { received - UInt64(end - start) }

    /// Bytes from `read`; more than `expected.size` are refused at once.
    init(
        expected: ExpectedArchive, hashing: Bool = true, subject: String, capacity: Int = 256 * 1024,
        read: @escaping (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) {
        self.subject = subject
        limit = expected.size
        isPromised = expected.sha256 != nil || expected.md5 != nil
        readMore = read
        buffer = .allocate(byteCount: capacity, alignment: 16)
        if hashing {
            sha256 = SHA256Hasher()
            // Where nothing better is known: to compare, or so that the record can tell it.
            if expected.sha256 == nil { md5 = MD5Hasher() }
        }
    }

    deinit { buffer.deallocate() }

    /// The bytes that are here, at least one unless the archive has ended.
    func window() throws(Failure) -> UnsafeRawBufferPointer {
        if start == end { try fill() }
        return UnsafeRawBufferPointer(rebasing: buffer[start..<end])
    }

    /// The next `count` bytes without taking them, or fewer when the archive ends before.
    func peek(_ count: Int) throws(Failure) -> UnsafeRawBufferPointer {
        precondition(count <= buffer.count, "a look ahead further than the window")
        while end - start < count, !atEnd {
            if buffer.count - start < count {
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[start..<end]))
                end -= start
                start = 0
            }
            try fill()
        }
        return UnsafeRawBufferPointer(rebasing: buffer[start..<min(end, start + count)])
    }

    /// Whether a digest will tell if the archive is right.
    let isPromised: Bool

    /// The first `count` bytes of the window.
    func taken(_ count: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: buffer[start..<start + count])
    }

    /// Takes `count` bytes that are in the window.
    func consume(_ count: Int) {
        precondition(count <= end - start, "taking more than is here")
        start += count
    }

    /// Reads to the end, so that the digests cover everything; false when more than `limit` bytes came.
    @discardableResult
    func drain(limit: UInt64 = .max) throws(Failure) -> Bool {
        while received <= limit {
            let window = try window()
            if window.isEmpty { return true }
            consume(window.count)
        }
        return false
    }

    /// Size and digests of everything that came; only once, after the end.
    func finish() -> ReceivedArchive {
        guard let sha256 = sha256.take() else { preconditionFailure("the digests were already taken") }
        return ReceivedArchive(size: received, sha256: sha256.finish(), md5: finishMD5())
    }

    private func finishMD5() -> MD5Digest? {
        guard let md5 = md5.take() else { return nil }
        return md5.finish()
    }

    private func fill() throws(Failure) {
        if atEnd { return }
        if start == end {
            start = 0
            end = 0
        }
        let count = try readMore(UnsafeMutableRawBufferPointer(rebasing: buffer[end...]))
        if count == 0 {
            atEnd = true
            return
        }
        let piece = UnsafeRawBufferPointer(rebasing: buffer[end..<end + count])
        end += count
        received += UInt64(count)
        if let limit, received > limit {
            throw Failure(
                .integrity, subject, "the archive has more than the expected \(limit) bytes",
                cause: UnpromisedArchive(size: limit + 1, sha256: nil))
        }
        sha256?.update(piece)
        md5?.update(piece)
    }
}

/// A part of an archive, as far as its end: one member of a ZIP, or all of a plain stream.
struct MemberInput {
    let input: ArchiveInput
    /// Bytes still to come; nil for everything.
    private(set) var remaining: UInt64?
    private let checksum: RunningChecksum?

    init(_ input: ArchiveInput, size: UInt64?, checksum: RunningChecksum? = nil) {
        self.input = input
        remaining = size
        self.checksum = checksum
    }

    /// The bytes that are here; empty at the member's end.
    func window(subject: String) throws(Failure) -> UnsafeRawBufferPointer {
        guard let remaining else { return try input.window() }
        if remaining == 0 { return UnsafeRawBufferPointer(start: nil, count: 0) }
        let window = try input.window()
        if window.isEmpty { throw Failure(.integrity, subject, "the archive is truncated") }
        return UInt64(window.count) <= remaining
            ? window : UnsafeRawBufferPointer(rebasing: window[..<Int(remaining)])
    }

    mutating func consume(_ count: Int) {
        if let checksum { checksum.add(input.taken(count)) }
        input.consume(count)
        if let left = remaining { remaining = left - UInt64(count) }
    }

    /// Takes what is left.
    mutating func skip(subject: String) throws(Failure) {
        while true {
            let window = try window(subject: subject)
            if window.isEmpty { return }
            consume(window.count)
        }
    }

    /// Everything that is left, at most `limit` bytes.
    mutating func readAll(limit: Int, subject: String) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let window = try window(subject: subject)
            if window.isEmpty { return bytes }
            guard bytes.count + window.count <= limit else {
                throw Failure(.integrity, subject, "a member of the archive is too large")
            }
            bytes.append(contentsOf: window)
            consume(window.count)
        }
    }
}
