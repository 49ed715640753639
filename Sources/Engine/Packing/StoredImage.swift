// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Failures
import Images
import Platform

/// The one image of a layout on this machine, as it says itself; it may be for several platforms.
struct StoredImage {
    struct Document {
        var bytes: [UInt8]
        var mediaType: String
    }

    /// What makes it an image: those of single platforms, and last what the tag is for.
    private(set) var documents: [Document] = []
    /// Configurations and layers.
    private(set) var blobs: [RegistryClient.File] = []

    private static let documentLimit = 16 << 20

    /// Reads the layout at `path`.
    init(_ path: String) throws(Failure) {
        let indexPath = Path.join(path, "index.json")
        guard FileSystem.exists(Path.join(path, ImageLayout.markName)),
            let bytes = try readFileIfPresent(indexPath, limit: Self.documentLimit)
        else {
            throw Failure(
                .usage, path, "is not an image layout",
                hint: "make one with `krait pack --format oci -o \(Path.name(path))`")
        }
        let index = try JSON.parse(bytes, subject: indexPath)
        guard case .array(let images)? = index["manifests"], images.count == 1, let image = images.first,
            let digest = BaseImage.digest(image)
        else { throw Failure(.usage, path, "does not hold exactly one image") }
        let (root, document) = try Self.document(digest, image, in: path)
        if let images = document["manifests"]?.array {
            for image in images {
                guard let digest = BaseImage.digest(image) else {
                    throw Failure(.parse, path, "lists an image without a digest")
                }
                let (one, document) = try Self.document(digest, image, in: path)
                blobs += try Self.blobs(of: document, in: path)
                documents.append(one)
            }
        } else {
            blobs = try Self.blobs(of: document, in: path)
        }
        documents.append(root)
    }

    private static func document(
        _ digest: SHA256Digest, _ descriptor: JSON, in path: String
    ) throws(Failure) -> (Document, JSON) {
        let place = Path.join(path, ImageLayout.path(of: digest))
        let bytes = try readFile(place, limit: documentLimit)
        guard sha256(of: bytes) == digest else {
            throw Failure(.integrity, place, "does not match the digest in its name")
        }
        let type = descriptor["mediaType"]?.string ?? ImageManifest.mediaType
        return (Document(bytes: bytes, mediaType: type), try JSON.parse(bytes, subject: place))
    }

    private static func blobs(of document: JSON, in path: String) throws(Failure) -> [RegistryClient.File] {
        guard case .array(let layers)? = document["layers"], let configuration = document["config"] else {
            throw Failure(.parse, path, "holds a document that is not an image")
        }
        return try (layers + [configuration]).map { (layer) throws(Failure) in
            guard let digest = BaseImage.digest(layer), case .integer(let count)? = layer["size"],
                let size = UInt64(exactly: count)
            else { throw Failure(.parse, path, "has a layer without digest and size") }
            let file = Path.join(path, ImageLayout.path(of: digest))
            // A link might lead to something of the user that is nobody else's business.
            guard let status = try FileSystem.status(file, followLinks: false), status.kind == .regular,
                status.size == size
            else {
                throw Failure(.integrity, file, "is missing or has another size than the image says")
            }
            return RegistryClient.File(path: file, digest: digest, size: size)
        }
    }
}
