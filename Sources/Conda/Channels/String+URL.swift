// SPDX-License-Identifier: BSD-3-Clause

extension String {
    /// Whether the text begins with `scheme:/`.
    package var hasURLScheme: Bool {
        let bytes = utf8
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), colon != bytes.startIndex else { return false }
        let next = bytes.index(after: colon)
        guard next < bytes.endIndex, bytes[next] == UInt8(ascii: "/") else { return false }
        // One letter is a drive of Windows.
        guard bytes.distance(from: bytes.startIndex, to: colon) > 1 else { return false }
        return bytes[..<colon].allSatisfy { $0.isLetter || $0.isDigit || "+-.".utf8.contains($0) }
    }

    /// The URL without user, password and `/t/<token>`, and these apart (conda-spec §3.4).
    package var separatingCredentials: (plain: String, credentials: URLCredentials?) {
        guard let parts = URLSecrets(Array(utf8), from: 0) else { return (self, nil) }
        let bytes = Array(utf8)
        var credentials = URLCredentials()
        var plain = Array(bytes[..<parts.authority])
        if let userInfo = parts.userInfo {
            let halves = bytes[userInfo].split(
                separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
            credentials.user = halves[0].text.percentDecoded
            if halves.count > 1 { credentials.password = halves[1].text.percentDecoded }
        }
        let hostStart = parts.userInfo.map { $0.upperBound + 1 } ?? parts.authority
        if let token = parts.token {
            credentials.token = bytes[token].text
            // The `/t/` before the token goes with it.
            plain += bytes[hostStart..<(token.lowerBound - 3)]
            plain += bytes[token.upperBound...]
        } else {
            plain += bytes[hostStart...]
        }
        return (plain.text, credentials)
    }

    /// The text with the secrets of every URL in it made unreadable, for messages.
    package var maskingSecrets: String {
        guard utf8.contains(UInt8(ascii: ":")) else { return self }
        let bytes = Array(utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: ":"), let parts = URLSecrets(bytes, at: index) {
                for range in [parts.userInfo, parts.token].compactMap(\.self) {
                    result += bytes[index..<range.lowerBound]
                    result += "*****".utf8
                    index = range.upperBound
                }
            }
            if index < bytes.count { result.append(bytes[index]) }
            index += 1
        }
        return result.text
    }

    /// `%41` as `A`; what is not a good escape stays.
    package var percentDecoded: String {
        guard utf8.contains(UInt8(ascii: "%")) else { return self }
        let bytes = Array(utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let high = Self.nibble(bytes[index + 1]), let low = Self.nibble(bytes[index + 2])
            {
                result.append(high << 4 | low)
                index += 3
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return result.text
    }

    /// The text as the path of a URL: everything but letters, digits and the signs a path may have is escaped.
    package var percentEncodedPath: String { percentEncoded(allowing: "-._~!$&'()*+,;=:@/") }

    /// A typed URL with what may not be in one escaped; escapes that are there stay.
    package var escapingURLText: String {
        percentEncoded(allowing: "-._~!$&'()*+,;=:@/?#%[]")
    }

    /// The text with everything escaped but letters, digits and the given signs.
    package func percentEncoded(allowing signs: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for byte in utf8 {
            if byte.isLetter || byte.isDigit || signs.utf8.contains(byte) {
                result.append(byte)
            } else {
                result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return result.text
    }

    /// Whether the text is exactly `count` hexadecimal digits.
    package func isHexadecimal(count: Int) -> Bool {
        utf8.count == count && utf8.allSatisfy { Self.nibble($0) != nil }
    }

    /// The path made absolute, without `.`, `..` and doubled slashes; `~` is `home`.
    package func absolutePath(cwd: String, home: String?) -> String {
        var path = self
        if let home, path == "~" || path.hasPrefix("~/") { path = home + path.dropFirst() }
        if !path.hasPrefix("/") { path = "\(cwd)/\(path)" }
        var components: [Substring.UTF8View] = []
        for component in path[...].utf8.split(separator: UInt8(ascii: "/")) {
            if component.elementsEqual(".".utf8) { continue }
            if component.elementsEqual("..".utf8) {
                _ = components.popLast()
            } else {
                components.append(Substring(component).utf8)
            }
        }
        return "/" + components.map { String(Substring($0)) }.joined(separator: "/")
    }

    private static func nibble(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

/// Where the secrets of a URL are in a text.
private struct URLSecrets {
    /// Where `//` ends.
    let authority: Int
    /// `user:password`
    let userInfo: Range<Int>?
    /// What stands behind `/t/`.
    let token: Range<Int>?

    /// Looks for the first `://` from `start` on; nil without a URL or without secrets in it.
    init?(_ bytes: [UInt8], from start: Int) {
        var index = start
        while index < bytes.count, bytes[index] != UInt8(ascii: ":") { index += 1 }
        self.init(bytes, at: index)
    }

    /// Reads the URL whose `://` begins at `colon`.
    init?(_ bytes: [UInt8], at colon: Int) {
        guard colon > 0, colon + 2 < bytes.count, bytes[colon + 1] == UInt8(ascii: "/"),
            bytes[colon + 2] == UInt8(ascii: "/")
        else { return nil }
        let begin = colon + 3
        authority = begin
        var end = begin
        var at: Int?
        while end < bytes.count, bytes[end] != UInt8(ascii: "/"), !bytes[end].isSpace {
            if bytes[end] == UInt8(ascii: "@") { at = end }
            end += 1
        }
        userInfo = at.map { begin..<$0 }
        if end + 3 < bytes.count, bytes[end..<(end + 3)].elementsEqual("/t/".utf8) {
            var tokenEnd = end + 3
            while tokenEnd < bytes.count, bytes[tokenEnd] != UInt8(ascii: "/"), !bytes[tokenEnd].isSpace {
                tokenEnd += 1
            }
            token = tokenEnd > end + 3 ? end + 3..<tokenEnd : nil
        } else {
            token = nil
        }
        if userInfo == nil, token == nil { return nil }
    }
}
