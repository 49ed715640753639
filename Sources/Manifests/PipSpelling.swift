// SPDX-License-Identifier: BSD-3-Clause
package import Conda
package import Failures

/// A spec that may be spelled as for pip: `name[extra]>=1`. A conda package has no such extras, so the rest counts.
package struct PipSpelling: Sendable {
    package let spec: MatchSpec
    /// What the user has to know, one sentence.
    package private(set) var warning: String?

    /// - Throws: `Failure(.parse)` for what is a spec in neither spelling.
    package init(_ text: String) throws(Failure) {
        do throws(Failure) {
            spec = try MatchSpec(text)
        } catch {
            guard let (extras, rest) = Self.withoutExtras(text), let read = try? MatchSpec(rest) else { throw error }
            spec = read
            warning =
                "`[\(extras)]` in `\(trimmed(text))` is pip's word for optional dependencies, which conda packages do not "
                + "have; it was read as `\(trimmed(rest))`"
        }
    }

    /// The names in the brackets that follow a package's name, and the text without them.
    private static func withoutExtras(_ text: String) -> (extras: String, rest: String)? {
        guard let open = text.utf8.firstIndex(of: UInt8(ascii: "[")),
            let close = text.utf8[open...].firstIndex(of: UInt8(ascii: "]"))
        else { return nil }
        func isName(_ text: String) -> Bool {
            let bytes = text.utf8
            return !bytes.isEmpty
                && bytes.allSatisfy {
                    (0x30...0x39).contains($0) || (0x61...0x7a).contains($0 | 0x20) || "-_.".utf8.contains($0)
                }
        }
        let before = String(text[..<open])
        let extras = String(text[text.utf8.index(after: open)..<close])
        let after = text[text.utf8.index(after: close)...]
        // A channel may stand before the name.
        let name = before.split(separator: ":").last.map { trimmed($0) } ?? ""
        guard isName(name),
            extras.split(separator: ",", omittingEmptySubsequences: false).allSatisfy({ isName(trimmed($0)) })
        else { return nil }
        return (trimmed(extras), trimmed(before) + after)
    }
}
