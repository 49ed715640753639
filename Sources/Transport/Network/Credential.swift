// SPDX-License-Identifier: BSD-3-Clause

/// What a server wants to know of the user. Describing one never shows the secret in it.
package enum Credential: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible {
    /// A user and a password for HTTP basic authentication.
    case basic(user: String, password: String)
    /// The token of an `Authorization: Bearer` header.
    case bearer(String)
    /// The token of `/t/<token>/`, which goes behind the path `after`.
    case condaToken(String, after: String = "")
    /// Keys that each request is signed with.
    case s3(S3Keys, region: String)

    package var description: String {
        switch self {
        case .basic: "basic *****"
        case .bearer: "bearer *****"
        case .condaToken: "token *****"
        case .s3(let keys, _): keys.description
        }
    }

    package var debugDescription: String { description }

    /// Texts that must not appear anywhere.
    var secrets: [String] {
        switch self {
        case .basic(_, let password): [password]
        case .bearer(let token), .condaToken(let token, _): [token]
        case .s3(let keys, _): [keys.secret] + (keys.sessionToken.map { [$0] } ?? [])
        }
    }
}
