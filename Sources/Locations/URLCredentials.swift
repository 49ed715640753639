// SPDX-License-Identifier: BSD-3-Clause

/// What a URL carried to get in with: a user and password, a conda token, or both; printing it shows nothing of them.
package struct URLCredentials: Sendable, Hashable {
    /// The user, percent-decoded.
    package var user: String?
    /// The password, percent-decoded.
    package var password: String?
    /// The token of `/t/<token>/`.
    package var token: String?
    /// The path in front of `/t/`, as `/artifactory/api`; empty where the token stands right behind the host.
    package var tokenPath: String

    package init(user: String? = nil, password: String? = nil, token: String? = nil, tokenPath: String = "") {
        self.user = user
        self.password = password
        self.token = token
        self.tokenPath = tokenPath
    }
}

extension URLCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "*****" }
    package var debugDescription: String { "*****" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension String {
    /// The URL without user, password and `/t/<token>`, and these apart (Rules §3.4).
    package var separatingCredentials: (plain: String, credentials: URLCredentials?) {
        let bytes = Array(utf8)
        guard let span = URLSpan(bytes), span.userInfo != nil || span.token != nil else { return (self, nil) }
        func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        var credentials = URLCredentials()
        if let userInfo = span.userInfo {
            let colon = bytes[userInfo].firstIndex(of: UInt8(ascii: ":"))
            credentials.user = text(userInfo.lowerBound..<(colon ?? userInfo.upperBound)).percentDecoded
            credentials.password = colon.map { text($0 + 1..<userInfo.upperBound).percentDecoded }
        }
        var plain = text(0..<span.scheme.upperBound + 3)
        if let token = span.token {
            credentials.token = text(token)
            // The `/t/` before the token goes with it.
            credentials.tokenPath = text(span.host.upperBound..<span.tokenMark)
            plain += text(span.host.lowerBound..<span.tokenMark) + text(token.upperBound..<bytes.count)
        } else {
            plain += text(span.host.lowerBound..<bytes.count)
        }
        return (plain, credentials)
    }
}
