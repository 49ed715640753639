// SPDX-License-Identifier: BSD-3-Clause
import Codecs
package import Failures
import Locations
package import Platform

/// A credential as `auth login` keeps it.
package enum StoredCredential: Sendable {
    case condaToken(String)
    case bearer(String)
    case basic(user: String, password: String)
}

/// micromamba's store of credentials, `~/.mamba/auth/authentication.json`, which both tools read.
package struct MambaCredentialFile: Sendable {
    package let path: String

    /// - Throws: `Failure(.usage)` without a home directory.
    package init(_ environment: ProcessEnvironment) throws(Failure) {
        guard let home = environment.homeDirectory else {
            throw Failure(.usage, "krait auth", "there is no home directory to keep credentials in", hint: "set HOME")
        }
        path = Path.join(home, ".mamba/auth/authentication.json")
    }

    /// A host, with or without a path, as the file has it: no scheme, nothing secret, no slash at the end, and the host as
    /// those that are asked for are written.
    ///
    /// - Throws: `Failure(.usage)` for what can be none.
    package static func key(_ text: String) throws(Failure) -> String {
        let url = text.hasURLScheme ? text : "https://" + text
        let plain = url.separatingCredentials.plain.canonicalURL
        guard ["https", "http", "oci"].contains(plain.urlScheme) else {
            throw Failure(
                .usage, text.maskingSecrets, "is not a host that credentials are kept for",
                hint: "keys of buckets come from AWS_ACCESS_KEY_ID, AWS_PROFILE and the like")
        }
        let key = String(Substring(plain.utf8.dropFirst(plain.urlScheme.utf8.count + 3)))
        guard let first = key.utf8.first, first != UInt8(ascii: "/"),
            key.utf8.allSatisfy({ $0 > 0x20 && !"?#@".utf8.contains($0) })
        else { throw Failure(.usage, text.maskingSecrets, "is not a host", hint: "write for example lab.example.org") }
        return key
    }

    /// The hosts of which something is kept, by name.
    package func hosts() throws(Failure) -> [String] { try members().map(\.key).sorted() }

    /// Keeps `credential` for `host` in the place of what was kept; nil forgets it. Only the user can read the file.
    package func set(_ credential: StoredCredential?, for host: String) throws(Failure) {
        try FileSystem.createDirectories(Path.parent(path))
        let lock = FileLock.held(in: Path.parent(path))
        defer { withExtendedLifetime(lock) {} }
        var members = try members().filter { $0.key != host }
        if let credential { members.append(JSONMember(host, Self.json(credential))) }
        try writeFileAtomically(path, JSON.object(members).serialized(indent: 4), mode: 0o600)
    }

    private func members() throws(Failure) -> [JSONMember] {
        guard let bytes = try readFileIfPresent(path, limit: 1 << 24) else { return [] }
        guard let members = try JSON.parse(bytes, subject: path).object else {
            throw Failure(.parse, path, "is not a store of credentials")
        }
        return members
    }

    private static func json(_ credential: StoredCredential) -> JSON {
        switch credential {
        case .condaToken(let token):
            .object([JSONMember("type", "CondaToken"), JSONMember("token", .string(token))])
        case .bearer(let token): .object([JSONMember("type", "BearerToken"), JSONMember("token", .string(token))])
        case .basic(let user, let password):
            .object([
                JSONMember("type", "BasicHTTPAuthentication"), JSONMember("user", .string(user)),
                JSONMember("password", .string(base64(Array(password.utf8)))),
            ])
        }
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var result: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var bits: UInt32 = 0
            for byte in group { bits = bits << 8 | UInt32(byte) }
            bits <<= UInt32(8 * (3 - group.count))
            for place in 0..<4 {
                let isPadding = place > group.count
                result.append(isPadding ? UInt8(ascii: "=") : alphabet[Int(bits >> UInt32(18 - 6 * place) & 63)])
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
