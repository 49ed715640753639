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
        var layers = try underlying(isThere)
        report.layers += layers.map { layer in
            PackReport.Layer(digest: "sha256:\(layer.blob.digest.hex)", size: layer.blob.size, packages: [])
        }
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
        let size = layers.map { max($0.blob.plainSize, $0.blob.size) }.saturatingSum
        report.unpackedSize += size
        try contents.request.shape?.check(unpacked: size, contents.request.format)
        return layers
    }

    /// The layers of the base as they are, those that are not compressed made so; or that of a C library.
    private func underlying(_ isThere: (Blob) throws(Failure) -> Bool) throws(Failure) -> [ImageLayer] {
        var layers: [ImageLayer] = []
        if let base = contents.underlay?.base {
            for layer in base.layers {
                let isKept = layer.compression != .none || contents.request.compression == .none
                var blob = layer.blob
                if isKept {
                    if try !isThere(blob) { try copy(layer, of: base) }
                } else {
                    blob = try compress(layer, of: base)
                }
                layers.append(ImageLayer(blob: blob, compression: contents.request.compression, comment: ""))
            }
        }
        if let library = contents.underlay?.library {
            let files = try libraryFiles(library)
            layers.append(
                ImageLayer(
                    blob: try build(files), compression: contents.request.compression,
                    comment: "glibc \(library.version)"))
        }
        return layers
    }

    private func copy(_ layer: BaseImage.Layer, of base: BaseImage) throws(Failure) {
        let file = try place.create("layer")
        try base.blobs.copy(layer) { (bytes) throws(Failure) in
            do throws(Errno) { try SystemCall.writeAll(file, bytes) } catch {
                throw Failure(error, contents.request.output, "write")
            }
        }
        try place.rename(from: "layer", to: ImageLayout.path(of: layer.blob.digest))
    }

    private func compress(_ layer: BaseImage.Layer, of base: BaseImage) throws(Failure) -> Blob {
        let stream = try LayerStream(
            contents.request.compression, to: try place.create("layer"), subject: contents.request.output)
        try base.blobs.copy(layer) { (bytes) throws(Failure) in try stream.write(bytes) }
        let blob = try stream.finish()
        guard blob.plainDigest == layer.blob.plainDigest else {
            throw Failure(.integrity, base.name, "a layer differs from its configuration")
        }
        try place.rename(from: "layer", to: ImageLayout.path(of: blob.digest))
        return blob
    }

    /// The C library with the few files that programs expect beside it.
    private func libraryFiles(_ library: LibraryFiles) throws(Failure) -> PackedFiles {
        var files = try contents.files(of: [], withRest: false)
        let time = contents.epoch ?? PackedTree.oldest
        for file in library.files {
            files.add(file.path, .bytes(file.bytes), time: time, isExecutable: file.path.hasPrefix("lib"))
        }
        let accounts = Self.accounts(for: contents.request.user)
        let texts = [
            "etc/passwd": accounts.users,
            "etc/group": accounts.groups,
            "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
            "etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",
        ]
        for (path, text) in texts { files.add(path, .bytes(Array(text.utf8)), time: time) }
        files.add("tmp", .sharedDirectory, time: time)
        return files
    }

    /// The texts of passwd and group where there are none, with the user that an image runs as.
    static func accounts(for user: String?) -> (users: String, groups: String) {
        let user = user.flatMap { account($0) }
        let users = user.map { "user:x:\($0.user):\($0.group)::/tmp:/sbin/nologin\n" } ?? ""
        let groups = user.map { "user:x:\($0.group):\n" } ?? ""
        return (
            "root:x:0:0:root:/root:/sbin/nologin\n\(users)"
                + "nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n",
            "root:x:0:\n\(groups)nogroup:x:65534:\n"
        )
    }

    /// `1000`, or `1000:1000`, unless the two are there anyway.
    private static func account(_ text: String) -> (user: UInt32, group: UInt32)? {
        let parts = text.split(separator: ":").map { UInt32($0) }
        guard let user = parts.first ?? nil, user != 0, user != 65534 else { return nil }
        return (user, parts.count > 1 ? parts[1] ?? user : user)
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
        try build(try contents.files(of: packages, withRest: withRest))
    }

    private func build(_ files: PackedFiles) throws(Failure) -> Blob {
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
