// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Failures
import Images
import Platform

/// The one image of a layout on this machine, as it says itself.
struct StoredImage {
    /// The document that makes it an image, and what kind it is.
    let manifest: [UInt8]
    let mediaType: String
    /// Its configuration and its layers.
    let blobs: [RegistryClient.File]

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
        mediaType = image["mediaType"]?.string ?? ImageManifest.mediaType
        let place = Path.join(path, ImageLayout.path(of: digest))
        manifest = try readFile(place, limit: Self.documentLimit)
        guard sha256(of: manifest) == digest else {
            throw Failure(.integrity, place, "does not match the digest in its name")
        }
        let document = try JSON.parse(manifest, subject: place)
        guard case .array(let layers)? = document["layers"], let configuration = document["config"] else {
            throw Failure(.parse, place, "is not an image of one platform")
        }
        blobs = try (layers + [configuration]).map { (layer) throws(Failure) in
            guard let digest = BaseImage.digest(layer), case .integer(let count)? = layer["size"],
                let size = UInt64(exactly: count)
            else { throw Failure(.parse, place, "has a layer without digest and size") }
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
