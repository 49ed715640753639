// SPDX-License-Identifier: BSD-3-Clause
package import Failures
import Transport

/// `HOST[:PORT]/NAME[:TAG]`, the place of an image in a registry (OCI distribution-spec, Pulling manifests).
package struct RegistryReference: Sendable, Equatable {
    /// `host` or `host:port`
    package let host: String
    /// `team/science`
    package let name: String
    package let tag: String

    package init(_ text: String) throws(Failure) {
        let plain = text.hasPrefix("docker://") ? String(text.dropFirst(9)) : text
        guard let slash = plain.firstIndex(of: "/") else { throw Self.refusal(text, "names no registry") }
        host = String(plain[..<slash])
        guard Self.isHost(host) else { throw Self.refusal(text, "`\(host)` is not a registry's host") }
        let rest = plain[plain.index(after: slash)...]
        if let colon = rest.lastIndex(of: ":") {
            name = String(rest[..<colon])
            tag = String(rest[rest.index(after: colon)...])
        } else {
            name = String(rest)
            tag = "latest"
        }
        guard Self.isName(name) else {
            throw Self.refusal(
                text, "`\(name)` is not an image's name: lower-case letters, digits and `.`, `_`, `-` between them")
        }
        guard Self.isTag(tag) else { throw Self.refusal(text, "`\(tag)` is not a tag") }
    }

    private static func refusal(_ text: String, _ reason: String) -> Failure {
        Failure(.usage, text, reason, hint: "write for example registry.example.com/team/science:1.0")
    }

    /// With a dot, a port, or this machine: anything else is the first part of a name.
    private static func isHost(_ text: String) -> Bool {
        guard text == "localhost" || text.contains(".") || text.contains(":") else { return false }
        return text.utf8.allSatisfy { isAlphanumeric($0 | 0x20) || "0123456789.-:[]".utf8.contains($0) }
    }

    private static func isName(_ text: String) -> Bool {
        guard text.utf8.count <= 255 else { return false }
        return text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
            guard let first = part.utf8.first, let last = part.utf8.last else { return false }
            return isAlphanumeric(first) && isAlphanumeric(last)
                && part.utf8.allSatisfy { isAlphanumeric($0) || "._-".utf8.contains($0) }
        }
    }

    private static func isTag(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 128 else { return false }
        return first != UInt8(ascii: ".") && first != UInt8(ascii: "-")
            && text.utf8.allSatisfy { isAlphanumeric($0 | 0x20) || isAlphanumeric($0) || "._-".utf8.contains($0) }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte)
    }

    package var baseURL: String { RegistryAccess.baseURL(host) }
}
