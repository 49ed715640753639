// SPDX-License-Identifier: BSD-3-Clause
import Codecs
package import Failures
import Locations

/// `oci://host/namespace`: a channel in a registry, as conda-oci-mirror and rattler lay it out, and `oci://host/name@sha256:…`,
/// one blob of a repository (OCI distribution-spec).
package struct OCIRegistry: Scheme {
    package let name = "oci"
    private let access = RegistryAccess()

    package init() {}

    package func place(
        of address: Address, for request: Request, by transport: Transport
    ) throws(Failure) -> SchemePlace {
        try place(of: address, for: request, by: transport, attemptsLeft: request.wasRefused ? 0 : 2)
    }

    private func place(
        of address: Address, for request: Request, by transport: Transport, attemptsLeft: Int
    ) throws(Failure) -> SchemePlace {
        guard let file = OCIFile(address.target) else { return SchemePlace(status: 404) }
        let base = RegistryAccess.baseURL(address.authority)
        let isNamed = Address(request.namedBy ?? request.url)?.hasSameOrigin(as: address) ?? false
        let user =
            address.credential ?? (isNamed ? request.credential : nil)
            ?? RegistryAccess.stored(file.repository, at: address.authority, transport.settings)
        let entry = try access.reading(
            file.repository, at: base, as: user, anew: request.wasRefused, by: transport)
        guard entry.status == 200 else { return SchemePlace(status: entry.status) }
        var digest = file.digest ?? (file.isPackage ? request.sha256.map { "sha256:\($0)" } : nil)
        let isNamedByManifest = digest == nil
        if isNamedByManifest {
            let response = try manifest(of: file, at: base, entry.credential, by: transport)
            let document = isWhole(response) ? try? JSON.parse(response.body, subject: response.finalURL) : nil
            // The token has ended, or the manifest was damaged on the way.
            if response.status == 401 || response.isSuccess && document == nil, attemptsLeft > 0 {
                var again = request
                again.wasRefused = response.status == 401
                return try place(of: address, for: again, by: transport, attemptsLeft: attemptsLeft - 1)
            }
            guard response.isSuccess else { return SchemePlace(status: response.status) }
            let layers = document?["layers"]?.array ?? []
            digest = layers.first { $0["mediaType"]?.string == file.mediaType }?["digest"]?.string
        }
        guard let digest, digest.hasPrefix("sha256:"), digest.utf8.count == 71, !digest.utf8.contains(UInt8(ascii: "/"))
        else { return SchemePlace(status: 404) }
        return SchemePlace(
            url: "\(base)/v2/\(file.repository)/blobs/\(digest)", credential: entry.credential,
            sha256: isNamedByManifest ? SHA256Digest(hex: String(digest.dropFirst(7))) : nil)
    }

    /// An answer with the digest that its head tells, where it tells one.
    private func isWhole(_ response: Response) -> Bool {
        guard response.isSuccess else { return false }
        guard let digest = response.headers["docker-content-digest"], digest.hasPrefix("sha256:") else { return true }
        return digest.dropFirst(7) == Codecs.sha256(of: response.body).hex
    }

    private func manifest(
        of file: OCIFile, at base: String, _ credential: Credential?, by transport: Transport
    ) throws(Failure) -> Response {
        let url = "\(base)/v2/\(file.repository)/manifests/\(file.tag)"
        let type = [(name: "Accept", value: "application/vnd.oci.image.manifest.v1+json")]
        return try transport.fetch(Request(url, headers: type, maximumBody: 4 << 20, credential: credential))
    }
}

/// Which blob of which repository the path of an `oci://` URL means.
struct OCIFile: Equatable {
    /// `namespace/linux-64/name`
    let repository: String
    let tag: String
    let mediaType: String
    /// Where the path names the blob itself.
    let digest: String?

    var isPackage: Bool { mediaType.hasPrefix(Self.package) }

    private static let package = "application/vnd.conda.package."
    private static let index = "application/vnd.conda.repodata.v1+json"

    /// nil for what registries have no form of, such as shards.
    init?(_ target: String) {
        let path = String(decoding: Array(target.utf8.drop { $0 == 0x2f }.prefix { $0 != 0x3f }), as: UTF8.self)
            .percentDecoded
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return nil }
        let file = String(path[path.utf8.index(after: slash)...])
        var name: String
        if let at = path.utf8.lastIndex(of: UInt8(ascii: "@")), at > slash {
            (repository, tag, mediaType) = (String(path[..<at]), "", "")
            digest = String(path[path.utf8.index(after: at)...])
            return
        }
        digest = nil
        if file.hasPrefix("repodata.json") {
            guard let kind = ["": "", ".zst": "+zst", ".bz2": "+bz2"][String(file.dropFirst(13))] else { return nil }
            (name, tag, mediaType) = ("repodata.json", "latest", Self.index + kind)
        } else {
            let suffix = file.hasSuffix(".conda") ? 6 : file.hasSuffix(".tar.bz2") ? 8 : 0
            // NAME-VERSION-BUILD; names may have hyphens.
            let parts = file.dropLast(suffix).split(separator: "-", omittingEmptySubsequences: false)
            guard suffix > 0, parts.count > 2 else { return nil }
            name = parts.dropLast(2).joined(separator: "-")
            tag = Self.tag(parts.suffix(2).joined(separator: "-"))
            mediaType = Self.package + (suffix == 6 ? "v2" : "v1")
        }
        // Names of repositories begin with a letter or a digit.
        if name.hasPrefix("_") { name = "zzz" + name }
        repository = "\(path[...slash])\(name)"
    }

    /// Tags have letters, digits, `.`, `_` and `-` only.
    private static func tag(_ text: String) -> String {
        var result = ""
        for sign in text.unicodeScalars {
            switch sign {
            case "+": result += "__p__"
            case "!": result += "__e__"
            case "=": result += "__eq__"
            default: result.unicodeScalars.append(sign)
            }
        }
        return result
    }
}
