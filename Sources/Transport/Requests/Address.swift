// SPDX-License-Identifier: BSD-3-Clause
import Locations

/// A URL cut into the parts that the transport decides by; the secrets in it are kept apart and never printed.
package struct Address: Sendable, Equatable {
    /// Lower-case, without the colon; `file` for plain paths.
    package let scheme: String
    /// User name and password of the authority, percent-decoded.
    package let credential: Credential?
    /// Lower-case; IPv6 literals keep their brackets.
    package let host: String
    /// The port as written, if one was.
    package let port: Int?
    /// Everything after the authority, as written, without the fragment: path and query.
    package let target: String

    /// Cuts a URL or a plain path; nil when it is neither.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard let separator = Address.schemeEnd(bytes) else {
            guard bytes.first == UInt8(ascii: "/") || bytes.first == UInt8(ascii: ".") else { return nil }
            self.init(scheme: "file", credential: nil, host: "", port: nil, target: text)
            return
        }
        let scheme = String(decoding: bytes[..<separator], as: UTF8.self).lowercased()
        var rest = bytes[(separator + 3)...]
        if let fragment = rest.firstIndex(of: UInt8(ascii: "#")) { rest = rest[..<fragment] }
        let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
        var authority = rest[rest.startIndex..<end]
        var credential: Credential?
        if let at = authority.lastIndex(of: UInt8(ascii: "@")) {
            credential = Address.userInformation(authority[..<at])
            authority = authority[(at + 1)...]
        }
        var port: Int?
        if let colon = authority.lastIndex(of: UInt8(ascii: ":")),
            !authority[colon...].contains(UInt8(ascii: "]"))
        {
            let digits = String(decoding: authority[(colon + 1)...], as: UTF8.self)
            guard digits.isEmpty || Int(digits) != nil else { return nil }
            port = Int(digits)
            authority = authority[..<colon]
        }
        let host = String(decoding: authority, as: UTF8.self).lowercased()
        guard scheme == "file" || !host.isEmpty else { return nil }
        var target = String(decoding: rest[end...], as: UTF8.self)
        if target.isEmpty || target.utf8.first == UInt8(ascii: "?") { target = "/" + target }
        self.init(scheme: scheme, credential: credential, host: host, port: port, target: target)
    }

    private init(scheme: String, credential: Credential?, host: String, port: Int?, target: String) {
        self.scheme = scheme
        self.credential = credential
        self.host = host
        self.port = port
        self.target = target
    }

    /// Served from disk, without the network.
    package var isLocal: Bool { scheme == "file" }

    /// `host` or `host:port`.
    package var authority: String { port.map { "\(host):\($0)" } ?? host }

    /// Scheme, host and effective port are the same: what one is trusted with, the other may see.
    package func hasSameOrigin(as other: Address) -> Bool {
        scheme == other.scheme && host == other.host && effectivePort == other.effectivePort
    }

    /// The URL without user and password, as it is given to curl; a conda token in the path stays.
    package var text: String { isLocal && host.isEmpty ? "file://\(target)" : "\(scheme)://\(authority)\(target)" }

    /// The same address with `/t/<token>` behind `path`, which it begins with, unless it has a token already
    /// (Rules §3.4). What does not begin with `path` is another place, which the token is not for.
    package func addingToken(_ token: String, after path: String = "") -> Address {
        guard text.separatingCredentials.credentials?.token == nil, target.hasPrefix(path) else { return self }
        let rest = target.utf8.dropFirst(path.utf8.count)
        guard rest.first == UInt8(ascii: "/") else { return self }
        return Address(
            scheme: scheme, credential: credential, host: host, port: port,
            target: "\(path)/t/\(token)\(Substring(rest))")
    }

    private var effectivePort: Int { port ?? (scheme == "https" ? 443 : 80) }

    private static func schemeEnd(_ bytes: [UInt8]) -> Int? {
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), colon > 0, bytes.count >= colon + 3,
            bytes[colon + 1] == UInt8(ascii: "/"), bytes[colon + 2] == UInt8(ascii: "/")
        else { return nil }
        let plain = bytes[..<colon].allSatisfy {
            ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7a) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x2b || $0 == 0x2d
        }
        return plain ? colon : nil
    }

    private static func userInformation(_ bytes: ArraySlice<UInt8>) -> Credential {
        let colon = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
        let password = colon < bytes.endIndex ? bytes[(colon + 1)...] : []
        return .basic(
            user: String(decoding: bytes[..<colon], as: UTF8.self).percentDecoded,
            password: String(decoding: password, as: UTF8.self).percentDecoded)
    }
}
