// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Failures

/// The table of a sharded subdir: which shard holds which name (CEP 16, Rules §5.1).
final class ShardIndex: @unchecked Sendable {
    // Read-only after `init`, hence `@unchecked Sendable`.
    private let nameTable: ByteInterner
    private let digests: [SHA256Digest?]
    let baseURL: String?
    let shardsURL: String?
    /// The longest index that is taken, compressed: real ones have a hundredth of that.
    static let limit = 64 << 20

    /// The `info` object.
    let info: MessagePackValue

    /// The index in `bytes`, which are compressed.
    init(compressed bytes: [UInt8], subject: String) throws(Failure) {
        let plain = try zstdDecompress(bytes, subject: subject, limit: growthLimit(bytes.count))
        var names = ByteInterner(slots: 1 << 17)
        var digests: [SHA256Digest?] = []
        var info = MessagePackValue.null
        var hasShards = false
        // Bytes of arrays do not move while the closure runs.
        try plain.withBuffer { (buffer) throws(Failure) in
            var scanner = MessagePackScanner(UnsafeRawBufferPointer(buffer), subject: subject)
            for _ in 0..<(try scanner.map()) {
                let key = try scanner.string()
                switch key {
                case "info": info = try scanner.value()
                case "version":
                    let version = try scanner.unsigned()
                    guard version <= 1 else {
                        throw Failure(
                            .parse, subject, "version \(version) of a shard index is newer than this program knows")
                    }
                case "shards":
                    hasShards = true
                    for _ in 0..<(try scanner.map()) {
                        let name = try scanner.text()
                        let digest = try Self.digest(&scanner)
                        guard let start = name.baseAddress?.assumingMemoryBound(to: UInt8.self) else { continue }
                        let (number, isNew) = names.intern(start, name.count)
                        if isNew { digests.append(digest) } else { digests[Int(number)] = digest }
                    }
                default: try scanner.skip()
                }
            }
            try scanner.end()
        }
        guard hasShards else { throw Failure(.parse, subject, "a shard index without `shards`") }
        nameTable = consume names
        self.digests = digests
        self.info = info
        baseURL = info["base_url"]?.string
        shardsURL = info["shards_base_url"]?.string
    }

    /// A digest as 32 bytes, as hexadecimal text, or as a list of numbers; nil for a wrong one.
    private static func digest(_ scanner: inout MessagePackScanner) throws(Failure) -> SHA256Digest? {
        switch try scanner.peek() {
        case .binary: return SHA256Digest(bytes: try scanner.binary())
        case .string: return SHA256Digest(hex: try scanner.text())
        case .array:
            var bytes: [UInt8] = []
            for _ in 0..<(try scanner.array()) { bytes.append(UInt8(truncatingIfNeeded: try scanner.unsigned())) }
            return SHA256Digest(bytes: bytes)
        default:
            try scanner.skip()
            return nil
        }
    }

    /// The digest of the shard that holds `name`; nil when the subdir has no such package.
    func digest(_ name: String) throws(Failure) -> SHA256Digest? {
        guard let number = nameTable.find(name) else { return nil }
        guard let digest = digests[Int(number)] else {
            throw Failure(.integrity, name, "the shard index has no valid digest for it")
        }
        return digest
    }

    /// A number for `name`; nil when the subdir has no such package.
    func nameNumber(_ name: String) -> UInt32? { nameTable.find(name) }

    /// How many names there are.
    var nameCount: Int { nameTable.count }

    /// All names, in the order of their bytes.
    var names: [String] {
        (0..<UInt32(nameTable.count)).map { String(decoding: nameTable.text($0), as: UTF8.self) }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
