// SPDX-License-Identifier: BSD-3-Clause

package import Codecs
package import Failures
package import Platform

/// An image as files: a directory of blobs, or one archive of them (OCI image-spec, image-layout.md).
package struct ImageLayout: Sendable {
    /// The image, for each platform one.
    package let manifests: [ImageManifest]
    /// The name that its tag has.
    package let reference: String

    /// - Parameter manifests: at least one.
    package init(_ manifests: [ImageManifest], reference: String) {
        self.manifests = manifests
        self.reference = reference
    }

    package static let indexType = "application/vnd.oci.image.index.v1+json"

    /// The document that the tag is for, and its kind: the image's own; of several platforms a list of them (image-index.md),
    /// which some places refuse, and so one platform has none.
    package var root: (document: [UInt8], mediaType: String) {
        if manifests.count == 1 { return (manifests[0].document, ImageManifest.mediaType) }
        let images = manifests.map { manifest -> JSON in
            let platform = JSON.object([
                JSONMember("architecture", .string(manifest.architecture)), JSONMember("os", "linux"),
            ])
            let descriptor = Self.descriptor(of: manifest)
            return .object((descriptor.object ?? []) + [JSONMember("platform", platform)])
        }
        return (Self.list(images), Self.indexType)
    }

    /// The digest of what the tag is for.
    package var digest: SHA256Digest { sha256(of: root.document) }

    private static func descriptor(of manifest: ImageManifest) -> JSON {
        ImageManifest.descriptor(ImageManifest.mediaType, manifest.digest, UInt64(manifest.document.count))
    }

    private static func list(_ images: [JSON]) -> [UInt8] {
        JSON.object([
            JSONMember("schemaVersion", .integer(2)), JSONMember("mediaType", .string(indexType)),
            JSONMember("manifests", .array(images)),
        ]).serialized()
    }

    /// The file that says what a directory is, and what it holds.
    package static let markName = "oci-layout"
    package static let mark = Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8)
    /// Where a blob lies in a layout.
    package static func path(of digest: SHA256Digest) -> String { "blobs/sha256/\(digest.hex)" }

    /// The list of images of a layout, with this one.
    package var index: [UInt8] {
        let root = root
        let descriptor = ImageManifest.descriptor(
            root.mediaType, sha256(of: root.document), UInt64(root.document.count))
        let annotations = JSON.object([JSONMember("org.opencontainers.image.ref.name", .string(reference))])
        return Self.list([.object((descriptor.object ?? []) + [JSONMember("annotations", annotations)])])
    }

    /// The small documents that are blobs too.
    package var documents: [(digest: SHA256Digest, bytes: [UInt8])] {
        let own = manifests.flatMap { manifest in
            [(manifest.configurationDigest, manifest.configuration), (manifest.digest, manifest.document)]
        }
        return manifests.count == 1 ? own : own + [(digest, root.document)]
    }

    /// The digests of all blobs.
    package var blobs: Set<SHA256Digest> {
        Set(documents.map(\.digest) + manifests.flatMap { $0.layers.map(\.blob.digest) })
    }

    /// Writes the whole layout as one archive, with the layers from where `open` finds them.
    package func write(
        to tar: TarWriter, time: Int64, open: (SHA256Digest) throws(Failure) -> Descriptor
    ) throws(Failure) {
        try tar.begin(ArchiveEntry("blobs", .directory, time: time))
        try tar.begin(ArchiveEntry("blobs/sha256", .directory, time: time))
        var layers: [SHA256Digest: UInt64] = [:]
        for layer in manifests.flatMap(\.layers) { layers[layer.blob.digest] = layer.blob.size }
        let documents = documents
        for digest in blobs.sorted(by: { $0.hex < $1.hex }) {
            if let document = documents.first(where: { $0.digest == digest }) {
                try tar.add(Self.path(of: digest), document.bytes, time: time)
            } else {
                try tar.add(try open(digest), as: Self.path(of: digest), size: layers[digest] ?? 0, time: time)
            }
        }
        try tar.add("index.json", index, time: time)
        try tar.add(Self.markName, Self.mark, time: time)
    }

    /// Writes what `docker load` reads, which is of one platform, with the layers from where `open` finds them.
    package func writeForDocker(
        to tar: TarWriter, name: String, time: Int64, open: (SHA256Digest) throws(Failure) -> Descriptor
    ) throws(Failure) {
        let manifest = manifests[0]
        let configuration = "\(manifest.configurationDigest.hex).json"
        try tar.add(configuration, manifest.configuration, time: time)
        var names: [String] = []
        for layer in manifest.layers {
            let name = "\(layer.blob.digest.hex).tar\(layer.compression == .gzip ? ".gz" : "")"
            if !names.contains(name) {
                try tar.add(try open(layer.blob.digest), as: name, size: layer.blob.size, time: time)
            }
            names.append(name)
        }
        let list = JSON.array([
            .object([
                JSONMember("Config", .string(configuration)), JSONMember("RepoTags", .array([.string(name)])),
                JSONMember("Layers", .array(names.map { .string($0) })),
            ])
        ])
        try tar.add("manifest.json", list.serialized(), time: time)
    }
}

extension ArchiveWriter {
    /// Adds a file of `size` bytes from where an open one stands.
    package func add(
        _ source: borrowing Descriptor, as path: String, size: UInt64, mode: UInt32 = 0o644, time: Int64
    ) throws(Failure) {
        try begin(ArchiveEntry(path, .file(size: size), mode: mode, time: time))
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count: Int
            do throws(Errno) {
                count = try SystemCall.read(source, into: buffer)
            } catch {
                throw Failure(error, path, "read")
            }
            if count == 0 { break }
            try write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
        try end()
    }
}
