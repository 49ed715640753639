// SPDX-License-Identifier: BSD-3-Clause
package import Codecs
package import Failures
import Transport

/// `HOST[:PORT]/NAME[:TAG]`, the place of an image in a registry (OCI distribution-spec, Pulling manifests).
package struct RegistryReference: Sendable, Equatable {
    /// `host` or `host:port`
    package let host: String
    /// `team/science`
    package let name: String
    /// A tag, or `sha256:…` where an image is named by its digest.
    package let tag: String
    /// What an image that is read has to be.
    package let digest: SHA256Digest?

    /// Reads the place of an image; with `mayBeDigest` it may be named by `@sha256:…` in place of a tag or beside it.
    package init(_ text: String, mayBeDigest: Bool = false) throws(Failure) {
        var whole = text
        var digest: SHA256Digest?
        if mayBeDigest, let sign = text.lastIndex(of: "@") {
            let hash = text[text.index(after: sign)...]
            digest = hash.hasPrefix("sha256:") ? SHA256Digest(hex: String(hash.dropFirst(7))) : nil
            guard digest != nil else { throw Self.refusal(text, "`\(hash)` is not a digest") }
            whole = String(text[..<sign])
        }
        self.digest = digest
        let text = whole
        let plain = text.hasPrefix("docker://") ? String(text.dropFirst(9)) : text
        guard let slash = plain.firstIndex(of: "/") else { throw Self.refusal(text, "names no registry") }
        host = String(plain[..<slash])
        guard Self.isHost(host) else { throw Self.refusal(text, "`\(host)` is not a registry's host") }
        let rest = plain[plain.index(after: slash)...]
        if let colon = rest.lastIndex(of: ":") {
            name = String(rest[..<colon])
            let given = String(rest[rest.index(after: colon)...])
            guard Self.isTag(given) else { throw Self.refusal(text, "`\(given)` is not a tag") }
            tag = digest.map { "sha256:\($0.hex)" } ?? given
        } else {
            name = String(rest)
            tag = digest.map { "sha256:\($0.hex)" } ?? "latest"
        }
        guard Self.isName(name) else {
            // Not repeated: what looks like one may be a channel with a token in it.
            throw Self.refusal(
                text, "it is not an image's name: lower-case letters, digits and `.`, `_`, `-` between them")
        }
    }

    private static func refusal(_ text: String, _ reason: String) -> Failure {
        Failure(.usage, text, reason, hint: "write for example registry.example.com/team/science:1.0")
    }

    /// With a dot, a port, or this machine: anything else is the first part of a name.
    private static func isHost(_ text: String) -> Bool {
        guard text.utf8.first != UInt8(ascii: "."),
            text == "localhost" || text.contains(".") || text.contains(":")
        else { return false }
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

    /// Whether an image can have this tag.
    package static func isTag(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 128 else { return false }
        return first != UInt8(ascii: ".") && first != UInt8(ascii: "-")
            && text.utf8.allSatisfy { isAlphanumeric($0 | 0x20) || isAlphanumeric($0) || "._-".utf8.contains($0) }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte)
    }

    /// Docker's own registry answers elsewhere than where its name leads.
    package var baseURL: String { RegistryAccess.baseURL(host == "docker.io" ? "registry-1.docker.io" : host) }
}
