// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Images
import Platform

/// The image that lies below the layers of ours (`--base`): of a layout, an archive or a registry.
struct BaseImage {
    /// A layer as the base has it.
    struct Layer {
        var blob: Blob
        var compression: LayerCompression
        /// Its bytes' name where the base keeps them.
        var name: String
    }

    /// As the user wrote it.
    let name: String
    /// The digest of its manifest, if it has one.
    let digest: SHA256Digest?
    /// Its configuration.
    let configuration: JSON
    let layers: [Layer]
    let blobs: BaseBlobs

    /// What documents of a base may weigh.
    static let documentLimit = 16 << 20
    /// Docker takes 127.
    private static let layerLimit = 512

    /// Reads what `name` says of itself and its layers.
    ///
    /// - Parameter architecture: as Go names processors; an image for another one is refused. nil takes what is there first.
    init(_ name: String, architecture: String?, blobs: BaseBlobs) throws(Failure) {
        self.name = name
        self.blobs = blobs
        if let list = try blobs.dockerList() {
            digest = nil
            (configuration, layers) = try Self.docker(list, blobs, name)
        } else {
            let (digest, manifest) = try Self.manifest(blobs, architecture, name)
            self.digest = digest
            (configuration, layers) = try Self.layers(manifest, blobs, name)
        }
        guard configuration["os"]?.string ?? "linux" == "linux",
            architecture == nil || configuration["architecture"]?.string == architecture
        else { throw Self.wrongPlatform(name, [Self.platform(configuration)], architecture ?? "?") }
        guard layers.count <= Self.layerLimit else {
            throw Failure(.parse, name, "has \(layers.count) layers, and no more than \(Self.layerLimit) are taken")
        }
        for layer in layers where layer.blob.size > 64 << 30 {
            throw Failure(.parse, name, "has a layer of \(layer.blob.size) bytes")
        }
    }

    private static func platform(_ json: JSON?) -> String {
        "\(json?["os"]?.string ?? "?")/\(json?["architecture"]?.string ?? "?")".printablePrefix
    }

    private static func wrongPlatform(_ name: String, _ found: [String], _ architecture: String) -> Failure {
        Failure(
            .unsatisfiable, name,
            "is for \(found.joined(separator: ", ")), and the packages are for linux/\(architecture)",
            hint: "choose another base, or packages for its platform with --platform")
    }

    /// The manifest for the architecture, from an index where there is one.
    private static func manifest(
        _ blobs: BaseBlobs, _ architecture: String?, _ name: String
    ) throws(Failure) -> (SHA256Digest, JSON) {
        var (digest, document) = try blobs.root()
        for _ in 0..<4 {
            guard let images = document["manifests"]?.array else { return (digest, document) }
            // What describes an image, as an attestation does, is for no platform.
            let known = images.filter { $0["platform"]?["os"]?.string != "unknown" }
            let fitting = known.filter { image in
                guard let platform = image["platform"] else { return true }
                return platform["os"]?.string == "linux"
                    && (architecture == nil || platform["architecture"]?.string == architecture)
            }
            guard let image = fitting.first else {
                throw wrongPlatform(name, known.map { platform($0["platform"]) }, architecture ?? "?")
            }
            guard fitting.count == 1 || image["platform"] != nil else {
                throw Failure(.usage, name, "holds \(fitting.count) images", hint: "name a layout that holds one")
            }
            guard let next = Self.digest(image) else { throw damaged(name, "an image without a digest") }
            digest = next
            document = try blobs.manifest(next, limit: documentLimit)
        }
        throw damaged(name, "lists in lists of images")
    }

    private static func layers(
        _ manifest: JSON, _ blobs: BaseBlobs, _ name: String
    ) throws(Failure) -> (JSON, [Layer]) {
        guard let listed = manifest["layers"]?.array, let config = manifest["config"].flatMap(digest) else {
            throw damaged(name, "no image manifest")
        }
        let configuration = try blobs.configuration(config, limit: documentLimit)
        let plain = try plainDigests(configuration, count: listed.count, name)
        var layers: [Layer] = []
        for (layer, plainDigest) in zip(listed, plain) {
            let type = layer["mediaType"]?.string ?? ""
            guard let digest = digest(layer), let size = layer["size"]?.unsigned,
                type.holds("layer") || type.holds("rootfs"), !type.holds("foreign")
            else { throw damaged(name, "a layer that cannot be kept") }
            let compression: LayerCompression =
                type.hasSuffix("gzip") ? .gzip : type.hasSuffix("zstd") ? .zstd : .none
            layers.append(
                Layer(
                    blob: Blob(digest: digest, size: size, plainDigest: plainDigest), compression: compression,
                    name: ImageLayout.path(of: digest)))
        }
        return (configuration, layers)
    }

    /// What `docker save` writes.
    private static func docker(
        _ list: JSON, _ blobs: BaseBlobs, _ name: String
    ) throws(Failure) -> (JSON, [Layer]) {
        guard let images = list.array, images.count == 1, let image = images.first else {
            throw Failure(.usage, name, "does not hold exactly one image", hint: "save one image alone")
        }
        guard let place = image["Config"]?.string, let names = image["Layers"]?.strings,
            let bytes = try blobs.bytes(named: place, limit: documentLimit)
        else { throw damaged(name, "no image") }
        let configuration = try JSON.parse(bytes, subject: name)
        let plain = try plainDigests(configuration, count: names.count, name)
        var layers: [Layer] = []
        for (layer, plainDigest) in zip(names, plain) {
            guard let (digest, size, isGzip) = try blobs.measure(layer) else {
                throw damaged(name, "no layer `\(layer.printablePrefix)`")
            }
            layers.append(
                Layer(
                    blob: Blob(digest: digest, size: size, plainDigest: plainDigest),
                    compression: isGzip ? .gzip : .none, name: layer))
        }
        return (configuration, layers)
    }

    private static func plainDigests(
        _ configuration: JSON, count: Int, _ name: String
    ) throws(Failure) -> [SHA256Digest] {
        let texts = configuration["rootfs"]?["diff_ids"]?.strings ?? []
        let digests = texts.compactMap { $0.hasPrefix("sha256:") ? SHA256Digest(hex: String($0.dropFirst(7))) : nil }
        guard digests.count == count, texts.count == count else {
            throw damaged(name, "another number of layers than its configuration")
        }
        return digests
    }

    static func digest(_ descriptor: JSON) -> SHA256Digest? {
        guard let text = descriptor["digest"]?.string, text.hasPrefix("sha256:") else { return nil }
        return SHA256Digest(hex: String(text.dropFirst(7)))
    }

    static func damaged(_ name: String, _ what: String) -> Failure {
        Failure(.parse, name, "has \(what), so it cannot be read as an image")
    }
}

extension String {
    /// The text as it may stand in a message: short and without control characters.
    fileprivate var printablePrefix: String {
        String(String.UnicodeScalarView(unicodeScalars.prefix(80).filter { $0.value >= 32 && $0.value != 127 }))
    }
}
