// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Failures
import Packages
import Platform

/// Which members of a database's ZIP speak of which package: made once for a ZIP, kept in the cache, mapped later.
///
/// A row is a hash of ecosystem and name and the place of a member; rows are in order of their hashes. Two packages may
/// have one hash: what is found is read and looked at anyway. A row without a name tells that there is an ecosystem, one
/// without either how many members were too long.
struct AdvisoryIndex {
    private struct Row {
        let hash: UInt64
        let place: ZipFile.Place
    }

    /// The form of the file, then what tells that the ZIP is still the same: size, time, inode.
    private static let magic: UInt64 = 0x4b52_4149_5441_4433
    private static let headerSize = 5 * 8
    private static let rowSize = 32
    /// The longest member that is looked at.
    static let memberLimit = 64 << 20

    private let rows: [Row]
    private let identity: [UInt64]

    /// What tells that a file is the one it was.
    static func identity(_ path: String) throws(Failure) -> [UInt64] {
        guard let status = try FileSystem.status(path), status.kind == .regular else {
            throw Failure(.usage, path, "there is no such file")
        }
        let time = UInt64(bitPattern: status.modified.seconds &* 1_000_000_000 &+ status.modified.nanoseconds)
        return [status.size, time, status.inode, status.device]
    }

    /// Reads every member of `file`.
    init(_ file: ZipFile, identity: [UInt64], subject: String, cancellation: Cancellation) throws(Failure) {
        let (members, tooLong) = try file.members(suffix: ".json", limit: UInt32(Self.memberLimit))
        // Members may lie upon one another, or be nearly all blanks: such a database would never be through.
        let grown = members.map { UInt64($0.place.size) }.saturatingSum
        guard grown <= max(64 << 20, identity[0].multipliedReportingOverflow(by: 200).partialValue) else {
            throw Failure(.integrity, subject, "unpacks to more than 200 times its size")
        }
        let piece = 256
        let found = Monitor<(rows: [Row], ecosystems: [String: ZipFile.Place])>(([], [:]))
        try forEachInParallel((members.count + piece - 1) / piece, name: "advisories") { (index) throws(Failure) in
            try cancellation.check()
            var rows: [Row] = []
            var ecosystems: [String: ZipFile.Place] = [:]
            for member in members[index * piece..<min(members.count, (index + 1) * piece)] {
                let bytes = try file.read(member.place)
                for key in try Self.keys(bytes, subject: "\(subject):\(member.name)") {
                    rows.append(Row(hash: Self.hash(key), place: member.place))
                    ecosystems[key.ecosystem] = member.place
                }
            }
            let more = (rows, ecosystems)
            found.withLock {
                $0.rows += more.0
                $0.ecosystems.merge(more.1) { one, _ in one }
            }
        }
        var (rows, ecosystems) = found.withLock { $0 }
        for (ecosystem, place) in ecosystems { rows.append(Row(hash: Self.hash(.all(of: ecosystem)), place: place)) }
        if tooLong > 0 {
            let count = ZipFile.Place(
                offset: UInt64(tooLong), packedSize: 0, size: .max, checksum: 0, isDeflated: false)
            rows.append(Row(hash: Self.hash(.all(of: "")), place: count))
        }
        self.rows = rows.sorted { ($0.hash, $0.place.offset) < ($1.hash, $1.place.offset) }
        self.identity = identity
    }

    /// The packages that an advisory speaks of; none when it was taken back.
    static func keys(_ bytes: [UInt8], subject: String) throws(Failure) -> Set<AdvisoryKey> {
        try bytes.withBytes { (bytes) throws(Failure) in
            var scanner = JSONScanner(bytes, subject: subject)
            var keys: Set<AdvisoryKey> = []
            var isWithdrawn = false
            try scanner.beginObject()
            while let key = try scanner.nextKey() {
                if key == "affected", try scanner.peek() == .array {
                    try scanner.beginArray()
                    while try scanner.nextElement() {
                        guard try scanner.peek() == .object else {
                            try scanner.skip()
                            continue
                        }
                        try scanner.beginObject()
                        while let key = try scanner.nextKey() {
                            guard key == "package" else {
                                try scanner.skip()
                                continue
                            }
                            if let key = AdvisoryKey(try scanner.value()) { keys.insert(key) }
                        }
                    }
                } else if key == "withdrawn" {
                    isWithdrawn = try scanner.peek() == .string
                    try scanner.skip()
                } else {
                    try scanner.skip()
                }
            }
            return isWithdrawn ? [] : keys
        }
    }

    /// FNV-1a of ecosystem and name.
    fileprivate static func hash(_ key: AdvisoryKey) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in "\(key.ecosystem)\n\(key.name)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return hash
    }

    /// The file that holds it.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.headerSize + rows.count * Self.rowSize)
        func append<Number: FixedWidthInteger>(_ number: Number) {
            withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
        }
        append(Self.magic)
        for number in identity { append(number) }
        for row in rows {
            append(row.hash)
            append(row.place.offset)
            for number in [row.place.packedSize, row.place.size, row.place.checksum, row.place.isDeflated ? 1 : 0] {
                append(number)
            }
        }
        return bytes
    }

    /// What an index says of packages.
    struct Answer {
        /// Where what speaks of them is, each once, in order.
        let places: [ZipFile.Place]
        /// Their ecosystems of which there is nothing.
        let foreign: Set<String>
        /// How many members were too long to be looked at.
        let tooLong: UInt64
        /// There is nothing at all.
        let isEmpty: Bool

        init(_ keys: Set<AdvisoryKey>, in bytes: UnsafeRawBufferPointer) {
            var found: [UInt64: ZipFile.Place] = [:]
            for place in keys.flatMap({ AdvisoryIndex.places(of: $0, in: bytes) }) where place.size <= memberLimit {
                found[place.offset] = place
            }
            places = found.values.sorted { $0.offset < $1.offset }
            foreign = Set(keys.map(\.ecosystem)).filter { AdvisoryIndex.places(of: .all(of: $0), in: bytes).isEmpty }
            tooLong = AdvisoryIndex.places(of: .all(of: ""), in: bytes).first?.offset ?? 0
            isEmpty = bytes.count <= headerSize
        }
    }

    /// The places in the rows of `key`.
    private static func places(of key: AdvisoryKey, in bytes: UnsafeRawBufferPointer) -> [ZipFile.Place] {
        let count = max(0, bytes.count - headerSize) / rowSize
        func number<Number: FixedWidthInteger>(_ row: Int, _ offset: Int, _: Number.Type) -> Number {
            Number(
                littleEndian: bytes.loadUnaligned(fromByteOffset: headerSize + row * rowSize + offset, as: Number.self))
        }
        var places: [ZipFile.Place] = []
        let wanted = hash(key)
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if number(middle, 0, UInt64.self) < wanted { low = middle + 1 } else { high = middle }
        }
        while low < count, number(low, 0, UInt64.self) == wanted {
            places.append(
                ZipFile.Place(
                    offset: number(low, 8, UInt64.self), packedSize: number(low, 16, UInt32.self),
                    size: number(low, 20, UInt32.self), checksum: number(low, 24, UInt32.self),
                    isDeflated: number(low, 28, UInt32.self) != 0))
            low += 1
        }
        return places
    }

    /// Whether the file of these bytes was made of a ZIP with this identity.
    static func fits(_ bytes: UnsafeRawBufferPointer, _ identity: [UInt64]) -> Bool {
        guard bytes.count >= headerSize, (bytes.count - headerSize) % rowSize == 0 else { return false }
        return ([magic] + identity).enumerated().allSatisfy { index, value in
            UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)) == value
        }
    }
}

extension AdvisoryKey {
    /// Stands for every package of an ecosystem.
    fileprivate static func all(of ecosystem: String) -> AdvisoryKey { AdvisoryKey(ecosystem: ecosystem, name: "") }
}
