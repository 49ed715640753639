// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Platform

/// Reads a tar (ustar, GNU, pax) from front to back. What it does not understand it refuses.
struct TarReader<Source: ByteSource & ~Copyable>: ~Copyable {
    private var source: Source
    private let buffer: UnsafeMutableRawBufferPointer
    private var start = 0
    private var end = 0
    /// Data of the current entry not yet taken, and the padding after it.
    private var remaining: UInt64 = 0
    private var padding = 0
    /// Bytes taken from the source.
    private(set) var total: UInt64 = 0
    private let subject: String
    /// Whether entries of devices are passed over rather than refused.
    private let skipsDevices: Bool

    /// The most bytes a long name or the records of an extended header may have.
    private static var headerLimit: UInt64 { 1 << 20 }

    /// The most zeros after the end; writers fill up to a block of at most this size.
    private static var paddingLimit: Int { 2 << 20 }

    init(_ source: consuming Source, subject: String, skipsDevices: Bool = false) {
        self.source = source
        self.skipsDevices = skipsDevices
        self.subject = subject
        buffer = .allocate(byteCount: 256 * 1024, alignment: 16)
    }

    deinit { buffer.deallocate() }

    /// The next entry, in place of the last; false at the end of the archive. Data not taken is skipped.
    mutating func next(_ entry: inout TarEntry) throws(Failure) -> Bool {
        try skipData()
        var extended = PaxRecords()
        var longName: [UInt8]?
        var longTarget: [UInt8]?
        while true {
            guard try need(TarHeader.size) else {
                throw refusal(end == start ? "the tar has no end mark" : "the tar is truncated")
            }
            let header = try TarHeader(
                UnsafeRawBufferPointer(rebasing: buffer[start..<start + TarHeader.size]), subject: subject)
            guard let header else {
                guard extended.isEmpty, longName == nil, longTarget == nil else {
                    throw refusal("the tar ends after an extended header")
                }
                try finish()
                return false
            }
            start += TarHeader.size
            switch header.type {
            case UInt8(ascii: "x"), UInt8(ascii: "X"):
                extended = try PaxRecords(readSmall(header.size), subject: subject)
                continue
            case UInt8(ascii: "g"):
                let records = try PaxRecords(readSmall(header.size), subject: subject)
                guard records.path == nil, records.target == nil, records.size == nil else {
                    throw refusal("the tar sets names or sizes for all entries")
                }
                continue
            case UInt8(ascii: "L"):
                longName = try readSmall(header.size).prefix { $0 != 0 }.map { $0 }
                continue
            case UInt8(ascii: "K"):
                longTarget = try readSmall(header.size).prefix { $0 != 0 }.map { $0 }
                continue
            case UInt8(ascii: "3"), UInt8(ascii: "4"), UInt8(ascii: "6"):
                if skipsDevices {
                    (extended, longName, longTarget) = (PaxRecords(), nil, nil)
                    continue
                }
            default:
                break
            }
            try header.fill(&entry, subject: subject)
            if let name = extended.path ?? longName { entry.name = name }
            if let target = extended.target ?? longTarget { entry.target = target }
            if let modified = extended.modified { entry.modified = modified }
            if entry.kind == .file, let size = extended.size { entry.size = size }
            // Old writers mark a directory by its slash only.
            if entry.kind == .file, entry.name.last == UInt8(ascii: "/") {
                guard entry.size == 0 else { throw refusal("a file's name ends in a slash") }
                entry.kind = .directory
            }
            if entry.kind == .file {
                remaining = entry.size
                padding = Int(truncatingIfNeeded: (512 - entry.size % 512) % 512)
            } else {
                // Links and directories have no data; a size there is a trick or a very old habit.
                guard entry.size == 0 || entry.kind != .directory else { throw refusal("a directory has data") }
                guard entry.size == 0 else { throw refusal("a link has data") }
            }
            return true
        }
    }

    /// Hands out the data of the current file, piece by piece.
    mutating func readData(_ body: (UnsafeRawBufferPointer) throws(Failure) -> Void) throws(Failure) {
        while remaining > 0 {
            if start == end, try !fill() { throw refusal("the tar is truncated") }
            let count = Int(min(remaining, UInt64(end - start)))
            let piece = UnsafeRawBufferPointer(rebasing: buffer[start..<start + count])
            start += count
            remaining -= UInt64(count)
            try body(piece)
        }
    }

    private mutating func skipData() throws(Failure) {
        try readData { _ in }
        while padding > 0 {
            if start == end, try !fill() { throw refusal("the tar is truncated") }
            let count = min(padding, end - start)
            start += count
            padding -= count
        }
    }

    /// All data of an entry that describes another.
    private mutating func readSmall(_ size: UInt64) throws(Failure) -> [UInt8] {
        guard size <= Self.headerLimit else { throw refusal("an extended header of the tar is too large") }
        remaining = size
        padding = Int((512 - size % 512) % 512)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(size))
        try readData { bytes.append(contentsOf: $0) }
        try skipData()
        return bytes
    }

    /// After the end mark there may be nothing but zeros.
    private mutating func finish() throws(Failure) {
        var padding = 0
        while true {
            let rest = UnsafeRawBufferPointer(rebasing: buffer[start..<end])
            padding += rest.count
            guard padding <= Self.paddingLimit else { throw refusal("there is too much after the end of the tar") }
            guard rest.allSatisfy({ $0 == 0 }) else { throw refusal("there is data after the end of the tar") }
            start = end
            if try !fill() { return }
        }
    }

    private mutating func need(_ count: Int) throws(Failure) -> Bool {
        while end - start < count {
            if buffer.count - start < count {
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[start..<end]))
                end -= start
                start = 0
            }
            if try !fill() { return false }
        }
        return true
    }

    private mutating func fill() throws(Failure) -> Bool {
        if start == end {
            start = 0
            end = 0
        }
        let count = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[end...]))
        end += count
        total += UInt64(count)
        return count > 0
    }

    private func refusal(_ reason: String) -> Failure { Failure(.integrity, subject, reason) }
}
