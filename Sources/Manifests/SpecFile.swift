// SPDX-License-Identifier: BSD-3-Clause
package import Conda
package import Failures

/// A text file of specs, one a line (CEP 23, Rules §19.1).
package struct SpecFile: Sendable {
    package var specs: [MatchSpec] = []
    /// What was read past, one sentence each with file and line.
    package var warnings: [String] = []

    /// Reads a file whose name, for messages, is `subject`.
    /// - Throws: `Failure(.parse)` with file and line.
    package init(text: String, subject: String) throws(Failure) {
        for (index, rawLine) in lines(of: text).enumerated() {
            try LineLimit.check(rawLine, index + 1, subject)
            let line = trimmed(withoutComment(rawLine))
            if line.isEmpty { continue }
            do {
                let read = try PipSpelling(line)
                specs.append(read.spec)
                if let warning = read.warning { warnings.append("\(subject):\(index + 1): \(warning)") }
            } catch {
                throw error.wrapped(as: "\(subject):\(index + 1)", "`\(line)` is not a spec")
            }
            try LineLimit.check(count: specs.count, LineLimit.specs, "specs", subject)
        }
    }

    /// The line up to a `#` that begins a comment: at its start or after a space.
    private func withoutComment(_ line: Substring) -> Substring {
        var previous: UInt8 = 0x20
        for (index, byte) in zip(line.utf8.indices, line.utf8) {
            if byte == UInt8(ascii: "#"), previous == 0x20 || previous == 0x09 { return line[..<index] }
            previous = byte
        }
        return line
    }
}
