// SPDX-License-Identifier: BSD-3-Clause

/// Names of python packages.
package enum PythonPackageName {
    /// The one spelling of PEP 503: lower case, runs of `-`, `_` and `.` as one `-`.
    package static func normalized(_ name: String) -> String {
        var result: [UInt8] = []
        var isInRun = false
        for byte in name.utf8 {
            if byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".") {
                if !isInRun { result.append(UInt8(ascii: "-")) }
                isInRun = true
            } else {
                result.append(ByteCursor.lowered(byte))
                isInRun = false
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Whether `name` is one by PEP 508: letters, digits, `-`, `_`, `.`, at both ends a letter or digit.
    /// A `_` at the end passes too, as it does with the `packaging` library.
    static func isValid(_ name: String) -> Bool {
        guard let first = name.utf8.first, let last = name.utf8.last, ByteCursor.isWord(first),
            ByteCursor.isWord(last) || last == UInt8(ascii: "_")
        else { return false }
        return name.utf8.allSatisfy { ByteCursor.isWord($0) || isPunctuation($0) }
    }

    static func isPunctuation(_ byte: UInt8) -> Bool { byte == 0x2D || byte == 0x5F || byte == 0x2E }
}
