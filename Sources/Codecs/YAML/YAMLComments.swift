// SPDX-License-Identifier: BSD-3-Clause

/// Finds the comments that libyaml drops; conda's selectors (`- pkg  # [linux]`) live in them.
struct YAMLComments {
    private let bytes: [UInt8]
    /// Where each line begins; empty when the text has no `#` at all.
    private let lines: [Int]

    init(_ bytes: [UInt8]) {
        let text = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? Array(bytes.dropFirst(3)) : bytes
        guard text.contains(UInt8(ascii: "#")), !text.prefix(2).contains(0) else {
            self.bytes = []
            lines = []
            return
        }
        var lines = [0]
        var index = 0
        while index < text.count {
            let length = Self.breakLength(text, index)
            index += max(length, 1)
            if length > 0 { lines.append(index) }
        }
        self.bytes = text
        self.lines = lines
    }

    /// The comment that follows the scalar which ends at `line` and `column` (from 0, in characters), a colon between allowed.
    func after(line: Int, column: Int) -> String? {
        guard line < lines.count else { return nil }
        var index = lines[line]
        var characters = 0
        while index < bytes.count, characters < column || bytes[index] & 0xc0 == 0x80 {
            if Self.breakLength(bytes, index) > 0 { return nil }
            if bytes[index] & 0xc0 != 0x80 { characters += 1 }
            index += 1
        }
        // A `#` begins a comment only at the start of a line or after white space.
        var follows = index == lines[line]
        if index < bytes.count, bytes[index] == UInt8(ascii: ":") || bytes[index] == UInt8(ascii: ",") { index += 1 }
        while index < bytes.count, bytes[index] == 0x20 || bytes[index] == 0x09 {
            follows = true
            index += 1
        }
        guard follows, index < bytes.count, bytes[index] == UInt8(ascii: "#") else { return nil }
        var comment = bytes[(index + 1)...]
        if let end = comment.indices.first(where: { Self.breakLength(bytes, $0) > 0 }) { comment = comment[..<end] }
        while let byte = comment.first, byte == 0x20 || byte == 0x09 { comment.removeFirst() }
        while let byte = comment.last, byte == 0x20 || byte == 0x09 { comment.removeLast() }
        return String(decoding: comment, as: UTF8.self)
    }

    /// How many bytes of line break stand at `index`: LF, CR, CR LF, NEL, LS, PS as libyaml counts lines.
    private static func breakLength(_ bytes: [UInt8], _ index: Int) -> Int {
        switch bytes[index] {
        case 0x0a: 1
        case 0x0d: index + 1 < bytes.count && bytes[index + 1] == 0x0a ? 2 : 1
        case 0xc2: index + 1 < bytes.count && bytes[index + 1] == 0x85 ? 2 : 0
        case 0xe2:
            index + 2 < bytes.count && bytes[index + 1] == 0x80 && bytes[index + 2] & 0xfe == 0xa8 ? 3 : 0
        default: 0
        }
    }
}
