// SPDX-License-Identifier: BSD-3-Clause
import Failures

/// The lines of `text` without their ends, empty ones kept; CR LF and LF both end a line, a byte order mark is dropped.
func lines(of text: String) -> [Substring] {
    var utf8 = Substring(text).utf8
    if utf8.starts(with: [0xEF, 0xBB, 0xBF]) { utf8 = utf8.dropFirst(3) }
    return utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
        Substring($0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0)
    }
}

/// What is taken of a file of lines: more of either is no list that somebody means.
enum LineLimit {
    /// Bytes of a line.
    static let length = 64 << 10
    /// Specs to solve for.
    static let specs = 20_000
    /// Archives to install as they are.
    static let archives = 100_000

    /// - Throws: `Failure(.parse)` for a line that is too long.
    static func check(_ line: some StringProtocol, _ number: Int, _ subject: String) throws(Failure) {
        guard line.utf8.count <= length else {
            throw Failure(.parse, "\(subject):\(number)", "is a line of \(line.utf8.count) bytes")
        }
    }

    /// - Throws: `Failure(.parse)` for a list that is too long.
    static func check(count: Int, _ limit: Int, _ what: String, _ subject: String) throws(Failure) {
        guard count <= limit else { throw Failure(.parse, subject, "holds more than \(limit) \(what)") }
    }
}

/// `text` without spaces and tabs at both ends.
func trimmed(_ text: some StringProtocol) -> String {
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
    let bytes = Array(text.utf8)
    guard let first = bytes.firstIndex(where: { !isSpace($0) }), let last = bytes.lastIndex(where: { !isSpace($0) })
    else { return "" }
    return String(decoding: bytes[first...last], as: UTF8.self)
}
