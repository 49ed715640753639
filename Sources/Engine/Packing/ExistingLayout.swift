// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Configuration
import Failures
import Images
import Platform

/// An image layout that is there already and gets another image in the place of its own. It is whole at every moment: blobs
/// come first, then the index changes, and what nothing names any more goes.
final class ExistingLayout {
    private let path: String
    /// The layout itself, locked: what is there stays there until this process has written to it.
    private let root: Descriptor

    /// Nil when nothing is at `path`. Waits for another process that writes to it.
    ///
    /// - Throws: `Failure(.usage)` for anything else than a layout of one image; `.lockTimeout`.
    init?(_ path: String, context: Context) throws(Failure) {
        guard try FileSystem.status(path, followLinks: false) != nil else { return nil }
        self.path = path
        let hint = "choose another name with -o"
        let none = Failure(.usage, path, "exists and is not an image layout", hint: hint)
        guard FileSystem.exists(Path.join(path, ImageLayout.markName)) else { throw none }
        root = try Descriptor.openDirectory(path)
        let seconds = context.settings[.lockTimeout]
        guard try FileLock.exclusive(root, subject: path, seconds: seconds, cancellation: context.cancellation) else {
            throw Failure(.lockTimeout, path, "another process writes to it, and has not ended in \(seconds) s")
        }
        guard let bytes = try readFileIfPresent(Path.join(path, "index.json"), limit: 16 << 20) else { throw none }
        let index = try JSON.parse(bytes, subject: Path.join(path, "index.json"))
        guard case .array(let images)? = index["manifests"], images.count <= 1 else {
            throw Failure(.usage, path, "holds other images too", hint: hint)
        }
        _ = try openBlobs()
    }

    /// Whether the blob is here, as far as its size tells.
    func has(_ blob: Blob) -> Bool {
        let status = try? FileSystem.status(Path.join(path, ImageLayout.path(of: blob.digest)), followLinks: false)
        return status?.kind == .regular && status?.size == blob.size
    }

    /// Moves the blobs of `layout` here and makes it the image.
    func replace(by layout: ImageLayout, from place: OutputPlace) throws(Failure) {
        let folder = try openBlobs()
        // The others were here.
        for digest in layout.blobs where FileSystem.exists(ImageLayout.path(of: digest), at: place.root) {
            try FileSystem.rename(
                from: ImageLayout.path(of: digest), at: place.root, to: digest.hex, at: folder.reference)
        }
        try writeFileAtomically("index.json", layout.index, at: root.reference)
        let kept = Set(layout.blobs.map(\.hex))
        for entry in try FileSystem.entries(".", at: folder.reference)
        where entry.kind == .regular && !kept.contains(entry.name) {
            try FileSystem.unlink(entry.name, at: folder.reference)
        }
    }

    /// Opens the directory of the blobs, which must lie in the layout itself: files there that are not part of the image are
    /// removed.
    private func openBlobs() throws(Failure) -> Descriptor {
        var tree = Beneath(root.reference)
        do throws(Errno) {
            return try tree.open("blobs/sha256", [.readOnly, .directory])
        } catch {
            throw Failure(
                .usage, path, "is an image layout whose blobs do not lie in it", hint: "choose another name with -o",
                cause: error)
        }
    }
}
