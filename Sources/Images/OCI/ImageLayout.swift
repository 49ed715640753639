// SPDX-License-Identifier: BSD-3-Clause

package import Codecs
package import Failures
package import Platform

/// An image as files: a directory of blobs, or one archive of them (OCI image-spec, image-layout.md).
package struct ImageLayout: Sendable {
    /// The image.
    package let manifest: ImageManifest
    /// The name that its tag has.
    package let reference: String

    package init(_ manifest: ImageManifest, reference: String) {
        self.manifest = manifest
        self.reference = reference
    }

    /// The file that says what a directory is, and what it holds.
    package static let markName = "oci-layout"
    package static let mark = Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8)
    /// Where a blob lies in a layout.
    package static func path(of digest: SHA256Digest) -> String { "blobs/sha256/\(digest.hex)" }

    /// The list of images of a layout, with this one.
    package var index: [UInt8] {
        guard
            case .object(let members) = ImageManifest.descriptor(
                ImageManifest.mediaType, manifest.digest, UInt64(manifest.document.count))
        else { return [] }
        let annotations = JSON.object([JSONMember("org.opencontainers.image.ref.name", .string(reference))])
        return JSON.object([
            JSONMember("schemaVersion", .integer(2)),
            JSONMember("mediaType", "application/vnd.oci.image.index.v1+json"),
            JSONMember("manifests", .array([.object(members + [JSONMember("annotations", annotations)])])),
        ]).serialized()
    }

    /// The small documents that are blobs too.
    package var documents: [(digest: SHA256Digest, bytes: [UInt8])] {
        [(manifest.configurationDigest, manifest.configuration), (manifest.digest, manifest.document)]
    }

    /// The digests of all blobs.
    package var blobs: Set<SHA256Digest> {
        Set(documents.map(\.digest) + manifest.layers.map(\.blob.digest))
    }

    /// Writes the whole layout as one archive, with the layers from where `open` finds them.
    package func write(
        to tar: TarWriter, time: Int64, open: (SHA256Digest) throws(Failure) -> Descriptor
    ) throws(Failure) {
        try tar.begin(ArchiveEntry("blobs", .directory, time: time))
        try tar.begin(ArchiveEntry("blobs/sha256", .directory, time: time))
        var layers: [SHA256Digest: UInt64] = [:]
        for layer in manifest.layers { layers[layer.blob.digest] = layer.blob.size }
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

    /// Writes what `docker load` reads, with the layers from where `open` finds them.
    package func writeForDocker(
        to tar: TarWriter, name: String, time: Int64, open: (SHA256Digest) throws(Failure) -> Descriptor
    ) throws(Failure) {
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
