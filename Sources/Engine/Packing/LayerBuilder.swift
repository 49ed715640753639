// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Configuration
import Failures
import Images
import Packages
import Platform
import Prefix

/// The layers of an image: which packages each has, and their blobs in a place.
struct LayerBuilder {
    let contents: PackContents
    let place: OutputPlace
    private let memo: LayerMemo
    private let context: Context

    init(_ contents: PackContents, _ place: OutputPlace, context: Context) throws(Failure) {
        self.contents = contents
        self.place = place
        self.context = context
        memo = LayerMemo(
            contents, cache: context.packageCache.writableDirectory, pyc: context.settings.compilingMode.rawValue)
        try place.makeDirectory("blobs/sha256")
    }

    /// All layers, the one that changes most last: that of what no package owns.
    ///
    /// - Parameter isThere: whether a blob is already where it shall be; then it is not made.
    func layers(
        _ report: inout PackReport, isThere: (Blob) throws(Failure) -> Bool
    ) throws(Failure) -> [ImageLayer] {
        var layers: [ImageLayer] = []
        for (packages, withRest) in groups() {
            let key = withRest ? nil : memo.key(of: packages, in: contents.tree)
            var known = key.flatMap { memo.blob($0) }
            if let blob = known, try !isThere(blob) { known = nil }
            let blob: Blob
            if let known {
                blob = known
                report.reusedLayers += 1
            } else {
                blob = try build(packages, withRest)
                if let key, contents.isFullyCompiled { memo.keep(blob, as: key) }
            }
            layers.append(
                ImageLayer(blob: blob, compression: contents.request.compression, comment: comment(packages)))
            report.layers.append(
                PackReport.Layer(
                    digest: "sha256:\(blob.digest.hex)", size: blob.size,
                    packages: packages.map { contents.name(of: $0) }.sorted()))
        }
        return layers
    }

    /// Where the blob of a layer lies that was built.
    func path(of digest: SHA256Digest) -> String { Path.join(place.path, ImageLayout.path(of: digest)) }

    private func groups() -> [(packages: [Int], withRest: Bool)] {
        let tree = contents.tree
        let count = contents.request.layers
        let items = tree.packages.map { package in
            LayerGroups.Item(
                name: package.record.name,
                size: package.record.size ?? package.manifest.entries.map(\.size).saturatingSum)
        }
        if count == 1 { return [(Array(items.indices), true)] }
        let groups = LayerGroups.groups(items, overlaps: tree.overlaps, count: count - 1)
        return groups.map { ($0, false) } + [([], true)]
    }

    private func build(_ packages: [Int], _ withRest: Bool) throws(Failure) -> Blob {
        let files = try contents.files(of: packages, withRest: withRest)
        let stream = try LayerStream(
            contents.request.compression, to: try place.create("layer"), subject: contents.request.output)
        let tar = TarWriter(stream)
        try files.write(to: tar, cancellation: context.cancellation)
        let blob = try tar.finish()
        try place.rename(from: "layer", to: ImageLayout.path(of: blob.digest))
        return blob
    }

    private func comment(_ packages: [Int]) -> String {
        let names = packages.map { contents.tree.packages[$0].record.distribution }.sorted()
        if names.isEmpty { return "history and files of no package" }
        return names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " and \(names.count - 3) more" : "")
    }
}
