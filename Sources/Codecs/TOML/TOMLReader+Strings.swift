// SPDX-License-Identifier: BSD-3-Clause

import Failures

extension TOMLReader {
    /// Text in quotes of any of the four kinds; the place is at the first one.
    mutating func string() throws(Failure) -> String {
        let quote = bytes[position]
        let isLong = bytes[position...].starts(with: [quote, quote, quote])
        position += isLong ? 3 : 1
        // The line end right behind the quotes does not count.
        if isLong, take("\r\n") || take("\n") { line += 1 }
        let end = [UInt8](repeating: quote, count: isLong ? 3 : 1)
        var text: [UInt8] = []
        while let byte = peek {
            if bytes[position...].starts(with: end) {
                position += end.count
                // Two more quotes may belong to the text.
                for _ in 0..<2 where isLong && peek == quote {
                    text.append(quote)
                    position += 1
                }
                return String(decoding: text, as: UTF8.self)
            }
            if byte == 0x0a {
                guard isLong else { break }
                line += 1
            }
            position += 1
            if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                try escape(into: &text, isLong)
            } else {
                text.append(byte)
            }
        }
        throw failure("text has no end")
    }

    /// What stands behind a backslash.
    private mutating func escape(into text: inout [UInt8], _ isLong: Bool) throws(Failure) {
        let byte = peek
        position += 1
        switch byte {
        case UInt8(ascii: "n"): text.append(0x0a)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "r"): text.append(0x0d)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0c)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): text.append(bytes[position - 1])
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            let count = byte == UInt8(ascii: "u") ? 4 : 8
            let digits = String(decoding: bytes[position...].prefix(count), as: UTF8.self)
            guard digits.utf8.count == count, let number = UInt32(digits, radix: 16),
                let scalar = Unicode.Scalar(number)
            else { throw failure("`\\\(digits)` is not a character") }
            position += count
            text += Array(String(scalar).utf8)
        default:
            // A line that goes on in the next one.
            position -= 1
            let before = line
            skipSpace(lines: true)
            guard isLong, line > before else { throw failure("a backslash is followed by what it does not escape") }
        }
    }
}
