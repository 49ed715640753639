// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Failures
import Images
import Packages
import Platform
import Transport

/// Where the documents and layers of a base are.
final class BaseBlobs {
    private enum Place {
        /// A layout.
        case directory(String)
        /// An archive, whose files lie here under numbers: its own names are a stranger's.
        case files([String: String])
        case registry(RegistryClient)
    }

    private let name: String
    private let place: Place
    /// Where blobs of a registry come to lie.
    private let folder: String
    /// Layers whose bytes are here and are what they are called.
    private var verified: [SHA256Digest: String] = [:]

    /// Finds out what `name` is; `folder` is a directory for what has to be brought here, `subject` what
    /// messages call it.
    init(_ name: String, absolute path: String, in folder: String, transport: Transport, subject: String? = nil)
        throws(Failure)
    {
        self.name = name
        self.folder = folder
        switch try FileSystem.status(path)?.kind {
        case .directory:
            guard FileSystem.exists(Path.join(path, ImageLayout.markName)) else {
                throw Failure(
                    .usage, name, "is not an image layout", hint: "name a directory with an `oci-layout` in it")
            }
            place = .directory(path)
        case nil:
            place = .registry(
                RegistryClient(try Self.reference(name, subject ?? "--base \(name)"), transport: transport))
        default: place = .files(try Self.unpack(path, into: folder))
        }
    }

    private static func reference(_ name: String, _ subject: String) throws(Failure) -> RegistryReference {
        do throws(Failure) { return try RegistryReference(name, mayBeDigest: true) } catch {
            throw Failure(
                .usage, subject, "is neither a layout nor an archive here, nor an image of a registry",
                hint: "write for example gcr.io/distroless/base-debian12@sha256:…", cause: error)
        }
    }

    /// The most files of an archive: an image has a few for each layer.
    private static let fileLimit = 2048

    private static func unpack(_ path: String, into folder: String) throws(Failure) -> [String: String] {
        var files: [String: String] = [:]
        var links: [String: String] = [:]
        try TarFile.read(path) { (entry, read) throws(Failure) in
            if entry.kind == .softLink || entry.kind == .hardLink { links[entry.path] = entry.target }
            guard entry.kind == .file, !entry.path.isEmpty else { return }
            guard files.count < fileLimit else {
                throw Failure(.integrity, path, "holds more than \(fileLimit) files, too many for an image")
            }
            let place = Path.join(folder, "base-\(files.count)")
            let file = try Descriptor.open(place, .newFile, mode: 0o600)
            try read { (bytes) throws(Failure) in
                do throws(Errno) { try SystemCall.writeAll(file, bytes) } catch { throw Failure(error, place, "write") }
            }
            files[entry.path] = place
        }
        // Old archives have `ID/layer.tar` as a link to the one that holds the bytes.
        for (name, target) in links {
            let plain = target.split(separator: "/").filter { $0 != ".." && $0 != "." }.joined(separator: "/")
            if let place = files[plain] { files[name] = place }
        }
        return files
    }

    /// The registry that it comes from, if it is one.
    var registry: RegistryReference? {
        if case .registry(let client) = place { client.reference } else { nil }
    }

    /// `manifest.json` of what `docker save` writes, unless there is a layout beside it.
    func dockerList() throws(Failure) -> JSON? {
        guard case .files(let files) = place, files["index.json"] == nil else { return nil }
        guard let bytes = try bytes(named: "manifest.json", limit: BaseImage.documentLimit) else {
            throw Failure(
                .usage, name, "is not an archive of an image", hint: "write one with `skopeo copy … oci-archive:FILE`")
        }
        return try JSON.parse(bytes, subject: name)
    }

    /// The manifest, or the list of images, that everything else is found from.
    func root() throws(Failure) -> (SHA256Digest, JSON) {
        let bytes: [UInt8]
        if case .registry(let client) = place {
            bytes = try client.manifest(client.reference.tag)
            if let wanted = client.reference.digest { try verify(bytes, wanted) }
        } else {
            guard let found = try self.bytes(named: "index.json", limit: BaseImage.documentLimit) else {
                throw BaseImage.damaged(name, "no index.json")
            }
            bytes = found
        }
        return (sha256(of: bytes), try JSON.parse(bytes, subject: name))
    }

    /// The manifest that a list of images names. A registry has manifests and blobs at two places, and some answer a
    /// question at the wrong one as if they were out of order.
    func manifest(_ digest: SHA256Digest, limit: Int) throws(Failure) -> JSON {
        try json(digest, limit: limit) { (client) throws(Failure) in try client.manifest("sha256:\(digest.hex)") }
    }

    /// The configuration that a manifest names.
    func configuration(_ digest: SHA256Digest, limit: Int) throws(Failure) -> JSON {
        try json(digest, limit: limit) { (client) throws(Failure) in try client.document(digest) }
    }

    private func json(
        _ digest: SHA256Digest, limit: Int, from registry: (RegistryClient) throws(Failure) -> [UInt8]
    ) throws(Failure) -> JSON {
        let bytes: [UInt8]
        if case .registry(let client) = place {
            bytes = try registry(client)
        } else {
            guard let found = try self.bytes(named: ImageLayout.path(of: digest), limit: limit) else {
                throw BaseImage.damaged(name, "no blob sha256:\(digest.hex.prefix(12))…")
            }
            bytes = found
        }
        try verify(bytes, digest)
        return try JSON.parse(bytes, subject: name)
    }

    private func verify(_ bytes: [UInt8], _ digest: SHA256Digest) throws(Failure) {
        guard sha256(of: bytes) == digest else {
            throw Failure(
                .integrity, name, "the content of sha256:\(digest.hex.prefix(12))… does not match that digest")
        }
    }

    /// A small file of a layout or archive; nil when it is not there.
    func bytes(named path: String, limit: Int) throws(Failure) -> [UInt8]? {
        guard let place = file(named: path) else { return nil }
        return try readFileIfPresent(place, limit: limit)
    }

    private func file(named path: String) -> String? {
        switch place {
        case .directory(let directory): Path.join(directory, path)
        case .files(let files): files[path]
        case .registry: nil
        }
    }

    /// Digest and size of a file of an archive, and whether it is gzip.
    func measure(_ path: String) throws(Failure) -> (digest: SHA256Digest, size: UInt64, isGzip: Bool)? {
        guard let place = file(named: path) else { return nil }
        var source = try FileSource(place)
        var hasher = SHA256Hasher()
        var size: UInt64 = 0
        var isGzip = false
        try Self.forEachPiece(&source) { (bytes) throws(Failure) in
            if size == 0 { isGzip = bytes.starts(with: [0x1f, 0x8b]) }
            size += UInt64(bytes.count)
            hasher.update(bytes)
        }
        return (hasher.finish(), size, isGzip)
    }

    /// The path of a layer's bytes on this machine; those of a registry are brought here once. They are what they are called.
    func path(of layer: BaseImage.Layer) throws(Failure) -> String {
        if let path = verified[layer.blob.digest] { return path }
        let path: String
        if case .registry(let client) = place {
            path = Path.join(folder, "base-\(layer.blob.digest.hex)")
            try client.download(layer.blob.digest, size: layer.blob.size, to: path)
        } else {
            guard let found = file(named: layer.name), FileSystem.exists(found) else {
                throw BaseImage.damaged(name, "a layer that is missing")
            }
            path = found
        }
        try read(layer, path) { (_) throws(Failure) in }
        verified[layer.blob.digest] = path
        return path
    }

    /// Copies the bytes of a layer, and makes sure that they are what they are called.
    func copy(_ layer: BaseImage.Layer, to write: (UnsafeRawBufferPointer) throws(Failure) -> Void) throws(Failure) {
        try read(layer, try path(of: layer), write)
    }

    private func read(
        _ layer: BaseImage.Layer, _ path: String, _ write: (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        var source = try FileSource(path)
        var hasher = SHA256Hasher()
        var size: UInt64 = 0
        try Self.forEachPiece(&source) { (bytes) throws(Failure) in
            size += UInt64(bytes.count)
            hasher.update(bytes)
            try write(bytes)
        }
        guard hasher.finish() == layer.blob.digest, size == layer.blob.size else {
            throw Failure(
                .integrity, name,
                "its layer sha256:\(layer.blob.digest.hex.prefix(12))… does not match that digest and size")
        }
    }

    private static func forEachPiece(
        _ source: inout FileSource, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = try source.read(into: buffer)
            if count == 0 { return }
            try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }
}
