// SPDX-License-Identifier: BSD-3-Clause

/// What a server wants to know of the user. Describing one never shows it (Requirements R-19).
package enum Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    case basic(user: String, password: String)
    case bearer(String)
    /// The token of a `/t/<token>/` path.
    case condaToken(String)
    /// What requests to S3 are signed with.
    case keys(identifier: String, secret: String, sessionToken: String?)

    package var description: String { "*****" }
    package var debugDescription: String { "*****" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }

    /// `user:password`, `bearer:TOKEN`, `token:TOKEN`, or a bare conda token, as `--auth` and `KRAIT_AUTH_<HOST>` take.
    init(text: String) {
        if text.hasPrefix("bearer:") {
            self = .bearer(String(text.dropFirst(7)))
        } else if text.hasPrefix("token:") {
            self = .condaToken(String(text.dropFirst(6)))
        } else if let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) {
            self = .basic(
                user: String(text[..<colon]), password: String(text[text.utf8.index(after: colon)...]))
        } else {
            self = .condaToken(text)
        }
    }
}
