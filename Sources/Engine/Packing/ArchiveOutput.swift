// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Images
import Platform
import Prefix

/// An environment as one archive: its files alone, from its own directory on.
struct ArchiveOutput {
    private let contents: PackContents
    private let context: Context

    init(_ contents: PackContents, context: Context) {
        self.contents = contents
        self.context = context
    }

    func write(_ report: inout PackReport) throws(Failure) {
        let request = contents.request
        let place = try OutputPlace(for: request.output, key: context.changeKey)
        let name = "archive"
        let file = try place.create(request.format == .squashfs ? Squashfs.source : name)
        let files = try contents.files(of: Array(contents.tree.packages.indices), withRest: true)
        let compression: LayerCompression =
            switch request.format {
            case .tarGzip: .gzip
            case .tarZstd: .zstd
            default: .none
            }
        context.progress.begin(.packing)
        if request.format == .zip {
            let zip = ZipWriter(to: file, subject: request.output)
            report.unpackedSize = try files.write(to: zip, cancellation: context.cancellation)
            report.size = try zip.finish().size
        } else if request.format == .squashfs {
            report.unpackedSize = try Squashfs(context).write(name, in: place, from: file) { (tar) throws(Failure) in
                try files.write(to: tar, cancellation: context.cancellation)
            }
            report.size = try FileSystem.status(Path.join(place.path, name))?.size ?? 0
        } else {
            let tar = TarWriter(try LayerStream(compression, to: file, subject: request.output))
            report.unpackedSize = try files.write(to: tar, cancellation: context.cancellation)
            report.size = try tar.finish().size
        }
        try request.shape?.check(unpacked: report.unpackedSize, request.format)
        try place.publish(file: name)
    }
}
