// SPDX-License-Identifier: BSD-3-Clause

/// What a URL carried to get in with: a user and password, a conda token, or both; printing it shows nothing of them.
package struct URLCredentials: Sendable, Hashable {
    /// The user, percent-decoded.
    package var user: String?
    /// The password, percent-decoded.
    package var password: String?
    /// The token of `/t/<token>/`.
    package var token: String?

    package init(user: String? = nil, password: String? = nil, token: String? = nil) {
        self.user = user
        self.password = password
        self.token = token
    }
}

extension URLCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "*****" }
    package var debugDescription: String { "*****" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
