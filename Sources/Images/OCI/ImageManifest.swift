// SPDX-License-Identifier: BSD-3-Clause

package import Codecs

/// The document that makes an image of a configuration and layers (OCI image-spec, manifest.md); one for one platform.
package struct ImageManifest: Sendable {
    package static let mediaType = "application/vnd.oci.image.manifest.v1+json"
    static let configurationType = "application/vnd.oci.image.config.v1+json"

    package let configuration: [UInt8]
    /// `amd64` or `arm64`, as Go names processors.
    package let architecture: String
    package let layers: [ImageLayer]
    package let document: [UInt8]
    package let digest: SHA256Digest

    package init(_ configuration: ImageConfiguration, layers: [ImageLayer]) {
        architecture = configuration.architecture
        let configuration = configuration.document(layers)
        self.configuration = configuration
        self.layers = layers
        document = JSON.object([
            JSONMember("schemaVersion", .integer(2)), JSONMember("mediaType", .string(Self.mediaType)),
            JSONMember(
                "config",
                Self.descriptor(Self.configurationType, sha256(of: configuration), UInt64(configuration.count))),
            JSONMember(
                "layers", .array(layers.map { Self.descriptor($0.mediaType, $0.blob.digest, $0.blob.size) })),
        ]).serialized()
        digest = sha256(of: document)
    }

    package var configurationDigest: SHA256Digest { sha256(of: configuration) }

    static func descriptor(_ type: String, _ digest: SHA256Digest, _ size: UInt64) -> JSON {
        .object([
            JSONMember("mediaType", .string(type)), JSONMember("digest", .string("sha256:\(digest.hex)")),
            JSONMember("size", .integer(Int64(clamping: size))),
        ])
    }
}
