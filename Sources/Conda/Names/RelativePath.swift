// SPDX-License-Identifier: BSD-3-Clause
package import Failures

/// A path inside a package or prefix that cannot lead out of it: the only kind that is joined to a prefix.
package struct RelativePath: Sendable, Hashable {
    /// With `/` between components and none at the ends.
    package let text: String

    /// Checks a path that a package names; the failure says what is wrong.
    package init(_ text: String) throws(Failure) {
        if let reason = Self.problem(in: text) {
            throw Failure(.integrity, text, "not a path inside a package: \(reason)")
        }
        self.text = text
    }

    /// What keeps `text` from being a path inside a package; nil if nothing does.
    package static func problem(in text: String) -> String? {
        var text = text
        return text.withUTF8 { problem(in: UnsafeRawBufferPointer($0)) }
    }

    /// What keeps these bytes from being a path inside a package; nil if nothing does.
    package static func problem(in bytes: UnsafeRawBufferPointer) -> String? {
        guard let first = bytes.first else { return "it is empty" }
        guard first != UInt8(ascii: "/") else { return "it is absolute" }
        guard bytes.count <= 4096 else { return "it is too long" }
        var start = 0
        for index in 0...bytes.count {
            if index < bytes.count {
                if bytes[index] == 0 { return "it has a NUL byte" }
                if bytes[index] != UInt8(ascii: "/") { continue }
            }
            let component = bytes[start..<index]
            switch component.count {
            case 0: return "a component is empty"
            case 1 where component[start] == UInt8(ascii: "."): return "it has a `.` component"
            case 2 where component[start] == UInt8(ascii: ".") && component[start + 1] == UInt8(ascii: "."):
                return "it has a `..` component"
            default: break
            }
            start = index + 1
        }
        return nil
    }

    /// The directory it is in; nil at the top.
    package var directory: RelativePath? {
        text.utf8.lastIndex(of: UInt8(ascii: "/")).map { RelativePath(checked: String(text[..<$0])) }
    }

    private init(checked text: String) { self.text = text }
}

extension RelativePath: CustomStringConvertible, Comparable {
    package var description: String { text }
    package static func < (left: RelativePath, right: RelativePath) -> Bool { left.text < right.text }
}
