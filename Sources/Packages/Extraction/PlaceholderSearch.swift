// SPDX-License-Identifier: BSD-3-Clause
import Platform

/// Finds each place of a text in bytes that come in pieces; places do not overlap.
struct PlaceholderSearch {
    private(set) var offsets: [UInt64] = []
    private let needle: [UInt8]
    /// The end of the last piece, in which the text may have begun.
    private var tail: [UInt8] = []
    /// Where in the file ``tail`` begins.
    private var tailOffset: UInt64 = 0

    init(_ text: String) {
        needle = Array(text.utf8)
    }

    mutating func add(_ piece: UnsafeRawBufferPointer) {
        if needle.isEmpty { return }
        // First what spans the border: the tail and as much of the piece as can belong to a place begun in it.
        var skip = 0
        if !tail.isEmpty {
            let old = tail.count
            tail.append(contentsOf: piece.prefix(needle.count - 1))
            let end = tail.withUnsafeBytes { search($0, base: tailOffset, from: 0) }
            if piece.count < needle.count {
                keepTail(from: tail, base: tailOffset, after: end)
                return
            }
            skip = max(0, end - old)
        }
        let base = tailOffset + UInt64(tail.isEmpty ? 0 : tail.count - min(piece.count, needle.count - 1))
        let end = search(piece, base: base, from: skip)
        let start = max(end, piece.count - (needle.count - 1))
        tail = Array(piece[max(0, start)...])
        tailOffset = base + UInt64(max(0, start))
    }

    /// Notes every place in `bytes` at or after `start`, and answers where the last one ends.
    private mutating func search(_ bytes: UnsafeRawBufferPointer, base: UInt64, from start: Int) -> Int {
        var start = start
        while let offset = bytes.firstOffset(of: needle, from: start) {
            offsets.append(base + UInt64(offset))
            start = offset + needle.count
        }
        return start
    }

    private mutating func keepTail(from bytes: [UInt8], base: UInt64, after end: Int) {
        let start = max(end, bytes.count - (needle.count - 1), 0)
        tail = Array(bytes[start...])
        tailOffset = base + UInt64(start)
    }
}
