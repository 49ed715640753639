// SPDX-License-Identifier: BSD-3-Clause
import Codecs
package import Failures
import Transport

extension RegistryClient {
    /// Whether the repository knows the tag of the reference.
    package func isTagged() throws(Failure) -> Bool {
        var look = request("\(base)/manifests/\(reference.tag)", isHead: true)
        look.headers = [("Accept", ImageManifest.mediaType)]
        let response = try send(look)
        guard response.isSuccess || response.status == 404 else { throw refusal(response, "look for a tag") }
        return response.isSuccess
    }

    /// Sends a file and makes it known by the tag of the reference, as an artifact of this one file (OCI image-spec,
    /// "Guidelines for Artifact Usage"): what is not known by a manifest is cleaned away.
    ///
    /// - Parameter title: what the file is called where it is fetched.
    package func putArtifact(_ file: File, mediaType: String, title: String) throws(Failure) {
        if try present([file.digest]).isEmpty { try upload(file, from: nil) }
        let nothing = Array("{}".utf8)
        let digest = sha256(of: nothing)
        if try present([digest]).isEmpty, let place = try begin(query: "") {
            try finish(place, digest, .bytes(nothing))
        }
        var layer = ImageManifest.descriptor(mediaType, file.digest, file.size)
        if case .object(let members) = layer {
            layer = .object(members + [JSONMember("annotations", ["org.opencontainers.image.title": .string(title)])])
        }
        try putManifest(
            JSON.object([
                JSONMember("schemaVersion", .integer(2)), JSONMember("mediaType", .string(ImageManifest.mediaType)),
                JSONMember("artifactType", .string(mediaType)),
                JSONMember(
                    "config", ImageManifest.descriptor("application/vnd.oci.empty.v1+json", digest, 2)),
                JSONMember("layers", .array([layer])),
            ]).serialized(), mediaType: ImageManifest.mediaType, as: reference.tag)
    }
}
