// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Images
import Platform
import Prefix

/// An environment as an image: layers of packages, a last one of what belongs to none, and the documents; for several
/// platforms with a list of them.
struct ImageOutput {
    private let contents: [PackContents]
    private let context: Context

    /// - Parameter contents: for each platform, at least one.
    init(_ contents: [PackContents], context: Context) {
        self.contents = contents
        self.context = context
    }

    func write(_ report: inout PackReport) throws(Failure) {
        let request = contents[0].request
        let old = try request.format == .oci ? ExistingLayout(request.output, context: context) : nil
        let place = try OutputPlace(for: request.output, key: context.changeKey)
        context.progress.begin(.packing)
        let manifests = try contents.map { (contents) throws(Failure) in
            let builder = try LayerBuilder(contents, place, context: context)
            let layers = try builder.layers(&report) { old?.has($0) ?? false }
            let manifest = ImageManifest(try contents.configuration(), layers: layers)
            report.images.append((contents.plan.platform.name, "sha256:\(manifest.digest.hex)"))
            return manifest
        }
        let layout = ImageLayout(manifests, reference: request.tag)
        let time = contents.map(\.time).max() ?? PackedTree.oldest
        report.digest = "sha256:\(layout.digest.hex)"
        switch request.format {
        case .oci:
            for document in layout.documents {
                try place.write(ImageLayout.path(of: document.digest), document.bytes)
            }
            var sizes: [SHA256Digest: UInt64] = [:]
            for layer in manifests.flatMap(\.layers) { sizes[layer.blob.digest] = layer.blob.size }
            report.size = Array(sizes.values).saturatingSum
            if let old { return try old.replace(by: layout, from: place) }
            try place.write("index.json", layout.index)
            try place.write(ImageLayout.markName, ImageLayout.mark)
            do throws(Failure) {
                try place.publish()
            } catch {
                // Another process has put one there in the meantime.
                guard error.cause as? Errno == .exists,
                    let other = try ExistingLayout(request.output, context: context)
                else { throw error }
                try other.replace(by: layout, from: place)
            }
        default:
            let file = try place.create("archive")
            let tar = TarWriter(try LayerStream(.none, to: file, subject: request.output, workers: 1))
            func open(_ digest: SHA256Digest) throws(Failure) -> Descriptor {
                try Descriptor.openRegular(ImageLayout.path(of: digest), at: place.root)
            }
            if request.format == .ociArchive {
                try layout.write(to: tar, time: time, open: open)
            } else {
                try layout.writeForDocker(
                    to: tar, name: "\(Path.name(request.output).imageName):\(request.tag)", time: time, open: open)
            }
            report.size = try tar.finish().size
            try place.publish(file: "archive")
        }
    }
}

extension String {
    /// The name of an image for the file that holds it: what Docker allows in one.
    fileprivate var imageName: String {
        let stem = split(separator: ".").first.map(String.init) ?? self
        let kept = stem.lowercased().utf8.map { byte -> UInt8 in
            let isKept = (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte)
            return isKept ? byte : UInt8(ascii: "-")
        }
        let name = String(decoding: kept, as: UTF8.self).split(separator: "-").joined(separator: "-")
        return name.isEmpty ? "image" : name
    }
}
