// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Images
import Platform
import Prefix

/// What layers became that were made before, by all that decides about their bytes: a layer whose digest is known and whose
/// blob is where it shall be is neither built nor read again.
struct LayerMemo {
    /// Nil where there is no cache.
    private let directory: String?
    /// What all layers of an image have in common.
    private let common: String

    /// - Parameter cache: the directory of the package cache.
    init(_ contents: PackContents, cache: String?, pyc: String) {
        directory = cache.map { Path.join(Path.parent($0), "cache/krait-layers-v1") }
        let request = contents.request
        common = [
            // Counts up when the same packages become other bytes.
            "1", ToolVersion.text, request.prefix, request.compression.rawValue, contents.plan.platform.name, pyc,
            contents.epoch.map { String($0) } ?? "", contents.plan.request.excludes.joined(separator: "\u{1}"),
        ].joined(separator: "\n")
    }

    /// The name of the layer of some packages; nil when something in it is not known by a hash.
    func key(of packages: [Int], in tree: PackedTree) -> String? {
        guard directory != nil else { return nil }
        var text = common + "\n" + (tree.pythonIdentity ?? "")
        for package in packages {
            guard let identity = tree.identity(of: package) else { return nil }
            text += "\n" + identity.hex
        }
        return sha256(of: Array(text.utf8)).hex
    }

    /// What the layer became the last time.
    func blob(_ key: String) -> Blob? {
        guard let directory, let bytes = try? readFileIfPresent(Path.join(directory, key), limit: 1024) else {
            return nil
        }
        let words = String(decoding: bytes, as: UTF8.self).split(separator: " ").map(String.init)
        guard words.count == 3, let digest = SHA256Digest(hex: words[0]), let size = UInt64(words[1]),
            let plain = SHA256Digest(hex: words[2])
        else { return nil }
        return Blob(digest: digest, size: size, plainDigest: plain)
    }

    /// Remembers what a layer became; what cannot be kept is not worth a failure.
    func keep(_ blob: Blob, as key: String) {
        guard let directory, (try? FileSystem.createDirectories(directory)) != nil else { return }
        let text = "\(blob.digest.hex) \(blob.size) \(blob.plainDigest.hex)"
        try? writeFileAtomically(Path.join(directory, key), Array(text.utf8))
    }
}
