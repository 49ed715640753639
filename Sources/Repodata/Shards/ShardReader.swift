// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Failures

/// What one shard holds: all records of one name in one subdir.
struct Shard: Sendable {
    var blocks: [RecordBlock] = []
    /// Files that must not be chosen.
    var removed: Set<String> = []
    /// The files of records left out as unfit, and how many records only newer clients know.
    var skippedFiles: [String] = []
    var hiddenCount = 0
}

/// Turns shards (CEP 16, Rules §5.2) into blocks of records.
struct ShardReader: ~Copyable {
    private var builder = RecordBlockBuilder(.messagePack)
    private let subject: String
    /// In lower case.
    private let name: [UInt8]
    private var others: [UInt8] = []
    private var shard = Shard()

    /// Reads the compressed bytes of the shard of `name`, which the caller has checked by digest.
    static func read(
        _ bytes: [UInt8], name: String, subject: String, with decoder: inout ZstdDecoder
    ) throws(Failure) -> Shard {
        let plain = try bytes.withBuffer { (bytes) throws(Failure) in
            try decoder.decompress(UnsafeRawBufferPointer(bytes), limit: growthLimit(bytes.count))
        }
        var reader = ShardReader(subject: subject, name: name.asciiLowered)
        try plain.withBuffer { (buffer) throws(Failure) in
            try reader.document(UnsafeRawBufferPointer(buffer))
        }
        return reader.shard
    }

    private init(subject: String, name: String) {
        self.subject = subject
        self.name = Array(name.utf8)
    }

    private mutating func document(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        var scanner = MessagePackScanner(bytes, subject: subject)
        for _ in 0..<(try scanner.map()) {
            switch try scanner.string() {
            case "packages": try records(&scanner, .tarBzip2, isWholeName: true)
            case "packages.conda": try records(&scanner, .conda, isWholeName: true)
            case "v3":
                guard try scanner.peek() == .map else {
                    try scanner.skip()
                    continue
                }
                for _ in 0..<(try scanner.map()) {
                    switch try scanner.string() {
                    case "conda": try records(&scanner, .conda, isWholeName: false)
                    case "tar.bz2": try records(&scanner, .tarBzip2, isWholeName: false)
                    default: shard.hiddenCount += try count(&scanner)
                    }
                }
            case "removed":
                guard try scanner.peek() == .array else {
                    try scanner.skip()
                    continue
                }
                for _ in 0..<(try scanner.array()) {
                    if try scanner.peek() == .string {
                        shard.removed.insert(try scanner.string())
                    } else {
                        try scanner.skip()
                    }
                }
            default: try scanner.skip()
            }
        }
        try scanner.end()
    }

    /// Passes a map, and says how many pairs it had.
    private func count(_ scanner: inout MessagePackScanner) throws(Failure) -> Int {
        var ahead = scanner
        let count = try scanner.peek() == .map ? try ahead.map() : 0
        try scanner.skip()
        return count
    }

    private mutating func records(
        _ scanner: inout MessagePackScanner, _ kind: ArchiveKind, isWholeName: Bool
    ) throws(Failure) {
        guard try scanner.peek() == .map else { return _ = try scanner.skip() }
        builder.begin(kind)
        for _ in 0..<(try scanner.map()) {
            let key = try scanner.text()
            let name = ByteSlice(start: key.baseAddress?.assumingMemoryBound(to: UInt8.self), count: key.count)
            guard let (stem, kind) = isWholeName ? kind.stem(of: name) : (name, kind) else {
                shard.skippedFiles.append(String(decoding: key, as: UTF8.self))
                try scanner.skip()
                continue
            }
            // Some channels list `.conda` archives among the others.
            if kind != builder.kind {
                try finishBlock()
                builder.begin(kind)
            }
            try add(stem, &scanner)
        }
        try finishBlock()
    }

    private mutating func finishBlock() throws(Failure) {
        guard builder.rowCount > 0 else { return }
        var buffer = ByteBuffer(capacity: builder.size * 2)
        builder.write(to: &buffer)
        let owner = BlockBytes(consume buffer)
        guard let block = RecordBlock(owner.raw, owner: owner) else {
            throw Failure(.other, subject, "a block of records does not fit together")
        }
        shard.blocks.append(block)
    }

    private mutating func add(_ stem: ByteSlice, _ scanner: inout MessagePackScanner) throws(Failure) {
        // Members without a field are kept as text, which has to live until the record is added.
        others.removeAll(keepingCapacity: true)
        var fields = RecordFields()
        try ShardRecord.read(&scanner, into: &fields, others: &others)
        // A record without a digest stays, as it does in a whole document: both have to give the same answers.
        let isAdded =
            !fields.isBad
            && name.withUnsafeBytes { name in
                others.withUnsafeBufferPointer { others in
                    if !others.isEmpty { fields.others = ByteSlice(start: others.baseAddress, count: others.count) }
                    // A shard holds its own name only; another one would be looked for elsewhere.
                    guard fields.name.raw.hasSameBytesIgnoringCase(as: name) else { return false }
                    let filed = ByteSlice(
                        start: name.baseAddress?.assumingMemoryBound(to: UInt8.self), count: name.count)
                    return builder.add(fields, stem: stem, name: filed)
                }
            }
        if !isAdded {
            shard.skippedFiles.append(String(decoding: stem.raw, as: UTF8.self) + builder.kind.suffix.description)
        }
    }
}

/// Keeps the bytes of a block.
private final class BlockBytes {
    private let buffer: ByteBuffer

    init(_ buffer: consuming ByteBuffer) { self.buffer = buffer }

    var raw: UnsafeRawBufferPointer { buffer.raw }
}

extension UnsafeRawBufferPointer {
    /// True when both hold the same bytes, ASCII letters of either case alike.
    fileprivate func hasSameBytesIgnoringCase(as other: UnsafeRawBufferPointer) -> Bool {
        func lowered(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }
        return count == other.count && zip(self, other).allSatisfy { lowered($0) == lowered($1) }
    }
}
