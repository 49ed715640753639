// SPDX-License-Identifier: BSD-3-Clause

/// Pure text operations on `/`-separated paths.
package enum Path {
    /// Everything before the last component; `/` for a name in the root, empty for a bare name.
    package static func parent(_ path: String) -> String {
        let bytes = path.utf8
        guard let last = trimmed(bytes).lastIndex(of: slash) else { return "" }
        var end = last
        while end > bytes.startIndex, bytes[bytes.index(before: end)] == slash { end = bytes.index(before: end) }
        return end == bytes.startIndex ? "/" : String(path[..<end])
    }

    /// The last component.
    package static func name(_ path: String) -> String {
        let bytes = trimmed(path.utf8)
        guard let last = bytes.lastIndex(of: slash) else { return String(Substring(bytes)) }
        return String(Substring(bytes[bytes.index(after: last)...]))
    }

    /// `path` under `base`; `path` itself when it is absolute.
    package static func join(_ base: String, _ path: String) -> String {
        if path.utf8.first == slash || base.isEmpty { return path }
        return base.utf8.last == slash ? base + path : base + "/" + path
    }

    package static func isAbsolute(_ path: String) -> Bool { path.utf8.first == slash }

    /// An absolute path without `.`, `..`, double and trailing slashes; links are not resolved.
    package static func absolute(_ path: String, base: String) -> String {
        let whole = join(base, path)
        var parts: [Substring] = []
        for part in whole.split(separator: "/", omittingEmptySubsequences: true) {
            if part == "." { continue }
            if part == ".." {
                _ = parts.popLast()
            } else {
                parts.append(part)
            }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// With a leading `~` or `~/` replaced by `home`.
    package static func expandingHome(_ path: String, home: String?) -> String {
        guard path.utf8.first == UInt8(ascii: "~"), let home else { return path }
        if path == "~" { return home }
        return path.hasPrefix("~/") ? home + path.dropFirst() : path
    }

    private static let slash = UInt8(ascii: "/")

    private static func trimmed(_ bytes: String.UTF8View) -> Substring.UTF8View {
        var end = bytes.endIndex
        while end > bytes.startIndex, bytes[bytes.index(before: end)] == slash {
            let before = bytes.index(before: end)
            if before == bytes.startIndex { break }
            end = before
        }
        return bytes[..<end]
    }
}
