// SPDX-License-Identifier: BSD-3-Clause

/// Where the parts of a URL are in the bytes of a text; the only code that cuts URLs for masking and for credentials.
struct URLSpan {
    /// Without the colon.
    let scheme: Range<Int>
    /// `user:password`
    let userInfo: Range<Int>?
    /// Host and port.
    let host: Range<Int>
    /// What stands behind `/t/`, anywhere in the path; from the first to the last where there are several.
    let token: Range<Int>?
    /// Where the `/t/` before the first of them begins.
    let tokenMark: Int
    /// What stands behind `?`.
    let query: Range<Int>?
    /// What stands behind `#`.
    let fragment: Range<Int>?
    /// Where the URL ends.
    let end: Int

    /// Reads the URL whose `://` begins at `colon`; nil where none does.
    ///
    /// - Parameter isInText: the URL ends at space, quotes and angle brackets; else everything belongs to it.
    init?(_ bytes: [UInt8], at colon: Int, isInText: Bool) {
        guard colon + 2 < bytes.count, bytes[colon] == UInt8(ascii: ":"), bytes[colon + 1] == UInt8(ascii: "/"),
            bytes[colon + 2] == UInt8(ascii: "/")
        else { return nil }
        var start = colon
        while start > 0, bytes[start - 1].isSchemeSign { start -= 1 }
        guard start < colon else { return nil }
        scheme = start..<colon
        let begin = colon + 3
        var end = bytes.count
        if isInText { end = bytes[begin...].firstIndex { $0.endsURL } ?? end }
        self.end = end
        let rest = bytes[begin..<end]
        let hash = rest.firstIndex(of: UInt8(ascii: "#"))
        fragment = hash.map { $0 + 1..<end }
        let question = rest[..<(hash ?? end)].firstIndex(of: UInt8(ascii: "?"))
        query = question.map { $0 + 1..<(hash ?? end) }
        let pathEnd = question ?? hash ?? end
        let pathStart = rest[..<pathEnd].firstIndex(of: UInt8(ascii: "/")) ?? pathEnd
        if let at = URLSpan.userInfoEnd(bytes, begin..<end, authorityEnd: pathStart) {
            userInfo = begin..<at
            host = at + 1..<max(at + 1, pathStart)
        } else {
            userInfo = nil
            host = begin..<pathStart
        }
        // Directories of this machine may be called anything.
        let isLocal = bytes[scheme].map { $0 | 0x20 }.elementsEqual("file".utf8)
        let tokenStart = max(pathStart, host.upperBound)
        let found = isLocal || tokenStart >= pathEnd ? nil : URLSpan.token(bytes, tokenStart..<pathEnd)
        token = found?.token
        tokenMark = found?.mark ?? end
    }

    /// Reads the URL that a text is, or that it ends in, as lines for pip do.
    init?(_ text: [UInt8]) {
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        self.init(text, at: colon, isInText: false)
    }

    /// The `@` behind the user. A password that has `/`, `?` or `#` in it makes no URL, and is a secret all the same: what
    /// stands behind the first colon is no port then.
    private static func userInfoEnd(_ bytes: [UInt8], _ whole: Range<Int>, authorityEnd: Int) -> Int? {
        let authority = bytes[whole.lowerBound..<authorityEnd]
        if let at = authority.lastIndex(of: UInt8(ascii: "@")) { return at }
        guard let colon = authority.lastIndex(of: UInt8(ascii: ":")), authority.first != UInt8(ascii: "["),
            authority[(colon + 1)...].contains(where: { !(0x30...0x39).contains($0) })
        else { return nil }
        return bytes[whole].lastIndex(of: UInt8(ascii: "@"))
    }

    static func token(_ bytes: [UInt8], _ path: Range<Int>) -> (mark: Int, token: Range<Int>)? {
        var found: (mark: Int, token: Range<Int>)?
        var index = path.lowerBound
        while index < path.upperBound {
            // Servers read `/%74/` and `//t//` as `/t/`.
            let mark = ["/t/", "/%74/"].first { bytes[index..<path.upperBound].starts(with: $0.utf8) }
            guard let mark else {
                index += 1
                continue
            }
            let place = index
            let after = index + mark.utf8.count
            let start = bytes[after..<path.upperBound].firstIndex { $0 != UInt8(ascii: "/") } ?? path.upperBound
            let end = bytes[start..<path.upperBound].firstIndex(of: UInt8(ascii: "/")) ?? path.upperBound
            index = max(end, index + 1)
            if start == end || isPlace(bytes[start..<end], isLast: end == path.upperBound) { continue }
            found = (found?.mark ?? place, (found?.token.lowerBound ?? start)..<end)
        }
        return found
    }

    /// A channel may be called `t`: its subdirs and files are not tokens.
    private static func isPlace(_ segment: ArraySlice<UInt8>, isLast: Bool) -> Bool {
        if segment.elementsEqual("noarch".utf8) { return true }
        for system in ["linux-", "osx-", "win-"] where segment.starts(with: system.utf8) { return true }
        return isLast
            && [".conda", ".tar.bz2", ".json", ".zst"].contains { segment.suffix($0.utf8.count).elementsEqual($0.utf8) }
    }
}

extension UInt8 {
    fileprivate var isSchemeSign: Bool {
        (self | 0x20) &- 0x61 < 26 || self &- 0x30 < 10 || self == UInt8(ascii: "+") || self == UInt8(ascii: "-")
            || self == UInt8(ascii: ".")
    }

    /// Signs that no URL has and that stand behind one in a sentence.
    var endsURL: Bool {
        self <= 0x20 || self == UInt8(ascii: "\"") || self == UInt8(ascii: "'") || self == UInt8(ascii: "`")
            || self == UInt8(ascii: "<") || self == UInt8(ascii: ">")
    }
}
