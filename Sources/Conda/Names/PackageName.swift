// SPDX-License-Identifier: BSD-3-Clause
package import Failures

/// The name of a package or virtual package (CEP 26): lower case, letters, digits and single `-` `.` `_`.
package struct PackageName: Sendable, Hashable {
    /// The name in lower case.
    package let text: String

    /// Checks a name that somebody typed; upper case is made lower.
    package init(_ text: String) throws(Failure) {
        let lowered = text.asciiLowered
        if let reason = Self.problem(in: lowered) { throw Failure(.parse, text, "not a package name: \(reason)") }
        self.text = lowered
    }

    /// Whether the name is a virtual package's: it begins with two underscores.
    package var isVirtual: Bool { text.hasPrefix("__") }
}

extension PackageName {
    /// Whether `byte` may be in a name.
    static func isAllowed(_ byte: UInt8) -> Bool {
        byte.isDigit || byte &- 0x61 < 26 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            || byte == UInt8(ascii: "_")
    }

    /// What is wrong with a lower-case name, nil for a good one.
    static func problem(in name: String) -> String? {
        var name = name
        return name.withUTF8 { problem(in: UnsafeRawBufferPointer($0)) }
    }

    /// Whether nothing is wrong with a name.
    static func isPlain(_ name: UnsafeRawBufferPointer) -> Bool { problem(in: name) == nil }

    /// CEP 26: a letter, digit or single `_` first (`__` and a letter or digit for virtual packages), and then no two
    /// separators in a row, except that one may follow a first `_`.
    private static func problem(in name: UnsafeRawBufferPointer) -> String? {
        guard let first = name.first else { return "it is empty" }
        guard name.count <= 64 else { return "it is longer than 64 characters" }
        for byte in name where !isAllowed(byte) {
            return byte > 0x20 && byte < 0x7F
                ? "`\(String(decoding: [byte], as: UTF8.self))` is not allowed in it"
                : "it has a character that is not allowed"
        }
        guard first != UInt8(ascii: "-"), first != UInt8(ascii: ".") else {
            return "it has to begin with a letter, a digit or `_`"
        }
        var index = 1
        if first == UInt8(ascii: "_"), name.count > 1, name[1] == UInt8(ascii: "_") {
            guard name.count > 2, isWord(name[2]) else { return "a letter or digit has to follow `__`" }
            index = 3
        }
        // Where a separator may stand without a word before it.
        var mayBeSeparator = true
        while index < name.count {
            let isSeparator = !isWord(name[index])
            if isSeparator, !mayBeSeparator { return "two separators in a row" }
            mayBeSeparator = !isSeparator
            index += 1
        }
        return nil
    }

    private static func isWord(_ byte: UInt8) -> Bool { byte.isDigit || byte.isLetter }
}

extension PackageName: CustomStringConvertible {
    package var description: String { text }
}
