// SPDX-License-Identifier: BSD-3-Clause
package import Locations

/// Where an archive is; what it takes to get in is kept apart and never printed or compared.
package struct PackageURL: Sendable, Hashable {
    /// Without credentials and token.
    package let text: String
    /// What the text carried to get in with.
    package let credentials: URLCredentials?

    /// Takes credentials out of `text`.
    package init(_ text: String) { (self.text, credentials) = text.separatingCredentials }

    package static func == (left: PackageURL, right: PackageURL) -> Bool { left.text == right.text }
    package func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

extension PackageURL: CustomStringConvertible {
    package var description: String { text }
}
