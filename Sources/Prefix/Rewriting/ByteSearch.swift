// SPDX-License-Identifier: BSD-3-Clause
import Glibc

/// Finding bytes in bytes.
enum ByteSearch {
    /// Where `part` first occurs in `bytes` at or after `start`; an empty part occurs nowhere.
    static func first(_ part: UnsafeRawBufferPointer, in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = bytes.baseAddress, let wanted = part.baseAddress, part.count > 0, start <= bytes.count,
            bytes.count - start >= part.count
        else { return nil }
        // Runs of bytes that are not the first one are jumped over by the C library.
        var place = start
        let last = bytes.count - part.count
        while place <= last, let found = memchr(base + place, Int32(part[0]), last - place + 1) {
            place = UnsafeRawPointer(found) - base
            if memcmp(base + place, wanted, part.count) == 0 { return place }
            place += 1
        }
        return nil
    }

    /// True when `part` stands in `bytes` at `offset`.
    static func stands(_ part: UnsafeRawBufferPointer, in bytes: UnsafeRawBufferPointer, at offset: Int) -> Bool {
        guard offset >= 0, part.count <= bytes.count - offset, let base = bytes.baseAddress,
            let wanted = part.baseAddress
        else { return false }
        return memcmp(base + offset, wanted, part.count) == 0
    }

    /// Where the next zero byte is at or after `start`; the end when there is none.
    static func zero(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        guard let base = bytes.baseAddress, start < bytes.count,
            let found = memchr(base + start, 0, bytes.count - start)
        else { return bytes.count }
        return UnsafeRawPointer(found) - base
    }
}
