// SPDX-License-Identifier: BSD-3-Clause
package import Codecs
package import Failures
import Platform
import Transport

extension RegistryClient {
    private static let manifestTypes = [
        ImageManifest.mediaType, "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    ]

    /// The manifest or index with this tag or digest (`sha256:…`).
    package func manifest(_ tag: String) throws(Failure) -> [UInt8] {
        var get = request("\(base)/manifests/\(tag)")
        get.headers.append(("Accept", Self.manifestTypes.joined(separator: ", ")))
        let response = try send(get)
        guard response.isSuccess else { throw refusal(response, "give the image `\(tag)`") }
        return response.body
    }

    /// A small blob.
    package func document(_ digest: SHA256Digest) throws(Failure) -> [UInt8] {
        let response = try send(request(blobURL(digest)))
        guard response.isSuccess else { throw refusal(response, "give a blob") }
        return response.body
    }

    /// Puts a blob into a new file; nobody has compared its digest.
    package func download(_ digest: SHA256Digest, size: UInt64, to path: String) throws(Failure) {
        // The first question brings the token.
        guard try has(digest) else {
            throw Failure(.network, shownPlace, "the registry lacks the layer sha256:\(digest.hex.prefix(12))…")
        }
        var get = request(blobURL(digest))
        get.maximumBody = Int(clamping: size)
        get.expectedSize = size
        var source = try transport.open(get)
        try source.write(toNewFile: path)
    }

    /// Has the registry take a blob from another repository of its own; false when that does not have it.
    package func mount(_ digest: SHA256Digest, from other: String) throws(Failure) -> Bool {
        guard other != reference.name else { return false }
        return try begin(query: "?mount=sha256:\(digest.hex)&from=\(other)") == nil
    }
}
