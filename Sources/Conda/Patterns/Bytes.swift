// SPDX-License-Identifier: BSD-3-Clause

extension UInt8 {
    /// An ASCII digit.
    var isDigit: Bool { self &- 0x30 < 10 }
    /// An ASCII letter of either case.
    var isLetter: Bool { (self | 0x20) &- 0x61 < 26 }
    /// Space, tab or a line end.
    var isSpace: Bool { self == 0x20 || (self >= 0x09 && self <= 0x0D) }
    /// The letter in lower case, anything else as it is.
    var lowered: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }
}

extension UnsafeRawBufferPointer {
    /// The bytes without space at either end.
    var trimmingSpace: UnsafeRawBufferPointer {
        var start = startIndex
        var end = endIndex
        while start < end, self[start].isSpace { start += 1 }
        while end > start, self[end - 1].isSpace { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: self[start..<end])
    }
}

extension Array<UInt8> {
    /// The bytes as text.
    var text: String { String(decoding: self, as: UTF8.self) }
}

extension ArraySlice<UInt8> {
    /// The bytes as text.
    var text: String { String(decoding: self, as: UTF8.self) }

    /// The bytes without space at either end.
    var trimmingSpace: ArraySlice<UInt8> {
        var slice = self
        while let first = slice.first, first.isSpace { slice.removeFirst() }
        while let last = slice.last, last.isSpace { slice.removeLast() }
        return slice
    }
}

extension String {
    /// Whether the bytes of `part` stand in the text; the standard library's search would bring its regex engine along.
    package func holds(_ part: String) -> Bool {
        let (text, wanted) = (Array(utf8), Array(part.utf8))
        guard let first = wanted.first else { return true }
        guard text.count >= wanted.count else { return false }
        return (0...(text.count - wanted.count)).contains {
            text[$0] == first && text[$0..<($0 + wanted.count)].elementsEqual(wanted)
        }
    }

    /// Letters A-Z in lower case, everything else as it is.
    var asciiLowered: String {
        utf8.contains(where: { $0 &- 0x41 < 26 }) ? String(decoding: utf8.map(\.lowered), as: UTF8.self) : self
    }

    /// The text without space at either end.
    var trimmingSpace: String { Array(utf8)[...].trimmingSpace.text }
}
