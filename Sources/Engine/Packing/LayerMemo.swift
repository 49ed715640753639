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
    /// The directory of the package cache; nil where there is none.
    private let cache: String?
    /// What all layers of an image have in common.
    private let common: String

    /// - Parameter cache: the directory of the package cache.
    init(_ contents: PackContents, cache: String?, pyc: String) {
        self.cache = cache
        let request = contents.request
        common = [
            // Counts up when the same packages become other bytes.
            "2", ToolVersion.text, request.prefix, request.compression.rawValue, contents.plan.platform.name, pyc,
            contents.epoch.map { String($0) } ?? "", contents.plan.request.excludes.joined(separator: "\u{1}"),
        ].joined(separator: "\n")
    }

    /// The name of the layer of some packages; nil when something in it is not known by a hash.
    func key(of packages: [Int], in tree: PackedTree) -> String? {
        guard cache != nil else { return nil }
        var text = common + "\n" + (tree.pythonIdentity ?? "")
        for package in packages {
            guard let identity = tree.identity(of: package) else { return nil }
            text += "\n" + identity.hex
        }
        return sha256(of: Array(text.utf8)).hex
    }

    /// What the layer became the last time.
    func blob(_ key: String) -> Blob? {
        guard let text = Self.note(key, cache: cache) else { return nil }
        let words = text.split(separator: " ").map(String.init)
        guard words.count == 4, let digest = SHA256Digest(hex: words[0]), let size = UInt64(words[1]),
            let plain = SHA256Digest(hex: words[2]), let plainSize = UInt64(words[3])
        else { return nil }
        return Blob(digest: digest, size: size, plainDigest: plain, plainSize: plainSize)
    }

    /// Remembers what a layer became.
    func keep(_ blob: Blob, as key: String) {
        Self.keep("\(blob.digest.hex) \(blob.size) \(blob.plainDigest.hex) \(blob.plainSize)", key, cache: cache)
    }

    private static func directory(_ cache: String) -> String {
        Path.join(Path.parent(cache), "cache/krait-layers-v1")
    }

    /// What was noted under a name.
    static func note(_ name: String, cache: String?) -> String? {
        guard let cache, let bytes = try? readFileIfPresent(Path.join(directory(cache), name), limit: 1024) else {
            return nil
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Notes something under a name; what cannot be kept is not worth a failure.
    static func keep(_ text: String, _ name: String, cache: String?) {
        guard let directory = cache.map(directory), (try? FileSystem.createDirectories(directory)) != nil else {
            return
        }
        try? writeFileAtomically(Path.join(directory, name), Array(text.utf8))
    }
}
