// SPDX-License-Identifier: BSD-3-Clause
import Glibc

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
        return path.withUTF8 { text in
            let bytes = UnsafeRawBufferPointer(text)
            guard !bytes.isEmpty, bytes.count < 4096 else { return false }
            var start = 0
            for index in 0...bytes.count {
                if index < bytes.count, bytes[index] != UInt8(ascii: "/") { continue }
                guard isName(UnsafeRawBufferPointer(rebasing: bytes[start..<index])) else { return false }
                start = index + 1
            }
            return true
        }
    }

    /// True when `name` can be the name of a file in a directory, and of nothing else.
    package static func isName(_ name: UnsafeRawBufferPointer) -> Bool {
        guard let start = name.baseAddress, (1...255).contains(name.count) else { return false }
        let dot = UInt8(ascii: ".")
        if name[0] == dot, name.count == 1 || name.count == 2 && name[1] == dot { return false }
        return memchr(start, 0, name.count) == nil && memchr(start, Int32(UInt8(ascii: "/")), name.count) == nil
    }
}
