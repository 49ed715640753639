// SPDX-License-Identifier: BSD-3-Clause
import Failures

/// Judges the names in an archive: what passes is a plain relative path that stays below where it is unpacked.
enum EntryName {
    /// Puts `name` without `./` and doubled slashes into `path`, followed by a NUL; empty for the root itself.
    static func normalize(
        _ name: [UInt8], into path: inout [UInt8], limits: ExtractionLimits, subject: String
    ) throws(Failure) {
        path.removeAll(keepingCapacity: true)
        func refusal(_ reason: String) -> Failure {
            Failure(.integrity, subject, "name `\(printable(name))` in the archive \(reason)")
        }
        guard name.first != slash else { throw refusal("is absolute") }
        var ascii = true
        var partStart = 0
        for byte in name {
            if byte == slash {
                try endPart(&path, &partStart, refusal)
                continue
            }
            // A newline is odd but harmless and occurs; other control bytes have no business in a name.
            if byte < 32 ? byte != 10 : byte == 127 { throw refusal("has a control character") }
            if byte >= 128 { ascii = false }
            path.append(byte)
        }
        try endPart(&path, &partStart, refusal)
        if path.last == slash { path.removeLast() }
        guard path.count <= limits.pathBytes else { throw refusal("is too long") }
        // Paths become text (paths.json, conda-meta), which other bytes would not survive.
        if !ascii, String(validating: path, as: UTF8.self) == nil { throw refusal("is not UTF-8") }
        path.append(0)
    }

    /// Judges the component that begins at `start` and adds the slash after it.
    private static func endPart(
        _ path: inout [UInt8], _ start: inout Int, _ refusal: (String) -> Failure
    ) throws(Failure) {
        let count = path.count - start
        if count == 0 { return }
        if path[start] == dot {
            if count == 1 {
                path.removeLast()
                return
            }
            if count == 2, path[start + 1] == dot { throw refusal("leads out with `..`") }
        }
        if count > 255 { throw refusal("is too long") }
        path.append(slash)
        start = path.count
    }

    /// The name for a message, without characters that would disturb a terminal.
    static func printable(_ name: [UInt8]) -> String {
        String(decoding: name.prefix(200).map { $0 < 32 || $0 == 127 ? UInt8(ascii: "?") : $0 }, as: UTF8.self)
    }

    private static let slash = UInt8(ascii: "/")
    private static let dot = UInt8(ascii: ".")
}
