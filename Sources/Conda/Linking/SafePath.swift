// SPDX-License-Identifier: BSD-3-Clause

/// A path that somebody else wrote (a package, a record, a journal), proven to name something below the directory that
/// it starts from as long as no link stands on the way.
package struct SafePath: Sendable, Hashable {
    package let text: String

    /// Nil unless ``isSafe(_:)``.
    package init?(_ text: String) {
        guard Self.isSafe(text) else { return nil }
        self.text = text
    }

    /// True when `path` is relative, shorter than a system call takes, and has no NUL and no empty, `.` or `..`
    /// component.
    package static func isSafe(_ path: String) -> Bool {
        var path = path
        return path.withUTF8 { bytes in
            guard !bytes.isEmpty, bytes.count < 4096 else { return false }
            var start = 0
            for index in 0...bytes.count {
                if index < bytes.count {
                    if bytes[index] == 0 { return false }
                    if bytes[index] != UInt8(ascii: "/") { continue }
                }
                let part = bytes[start..<index]
                if part.isEmpty || part.count > 255 { return false }
                if part.count <= 2, part.allSatisfy({ $0 == UInt8(ascii: ".") }) { return false }
                start = index + 1
            }
            return true
        }
    }
}
