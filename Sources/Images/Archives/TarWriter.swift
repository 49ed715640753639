// SPDX-License-Identifier: BSD-3-Clause

package import Failures

/// Writes a tar archive as every reader of images takes it: ustar headers, before one of them a pax header only where ustar
/// cannot hold a name, a link or a size (POSIX.1-2017, pax). Owner and group are 0 and have no names.
package final class TarWriter: ArchiveWriter {
    private let stream: LayerStream
    /// Bytes that the file begun last still has to get, and the zeros after them.
    private var missing: UInt64 = 0
    private var padding = 0

    package init(_ stream: LayerStream) { self.stream = stream }

    package func begin(_ entry: ArchiveEntry) throws(Failure) {
        var records: [(key: String, value: String)] = []
        var size: UInt64 = 0
        var target = ""
        var path = entry.path
        let type: UInt8
        switch entry.kind {
        case .directory:
            type = UInt8(ascii: "5")
            path += "/"
        case .softLink(let text):
            type = UInt8(ascii: "2")
            target = text
        case .file(let bytes):
            type = UInt8(ascii: "0")
            size = bytes
        }
        let place = Self.split(path)
        if place == nil { records.append(("path", path)) }
        if !Self.fits(target, 100) { records.append(("linkpath", target)) }
        if size >= 1 << 33 { records.append(("size", String(size))) }
        if !records.isEmpty {
            let body = Self.pax(records)
            // Its name is for readers that know no pax; it may not depend on this process, as that of other writers does.
            var head = Header(name: "PaxHeaders/entry", type: UInt8(ascii: "x"), mode: 0o644)
            head.set(size: UInt64(body.count), time: entry.time)
            try stream.write(head.bytes)
            try stream.write(body)
            try stream.write([UInt8](repeating: 0, count: Self.padding(UInt64(body.count))))
        }
        var head = Header(name: place?.name ?? "entry", type: type, mode: entry.mode)
        head.set(size: size >= 1 << 33 ? 0 : size, time: entry.time)
        head.set(prefix: place?.prefix ?? "", target: Self.fits(target, 100) ? target : "")
        try stream.write(head.bytes)
        missing = size
        padding = Self.padding(size)
    }

    package func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        guard UInt64(bytes.count) <= missing else {
            throw Failure(.integrity, "archive", "a file is longer than announced")
        }
        missing -= UInt64(bytes.count)
        try stream.write(bytes)
    }

    package func end() throws(Failure) {
        guard missing == 0 else { throw Failure(.integrity, "archive", "a file is shorter than announced") }
        if padding > 0 { try stream.write([UInt8](repeating: 0, count: padding)) }
        padding = 0
    }

    package func finish() throws(Failure) -> Blob {
        try stream.write([UInt8](repeating: 0, count: 1024))
        return try stream.finish()
    }

    private static func padding(_ size: UInt64) -> Int { Int((512 - size % 512) % 512) }

    private static func fits(_ text: String, _ count: Int) -> Bool {
        text.utf8.count <= count && text.utf8.allSatisfy { $0 < 0x80 && $0 > 0 }
    }

    /// A path as ustar has it: at most 100 bytes, or 155 more before a slash; nil when it does not fit.
    static func split(_ path: String) -> (prefix: String, name: String)? {
        if fits(path, 100) { return ("", path) }
        guard fits(path, 256) else { return nil }
        let bytes = Array(path.utf8)
        // A slash at the very end belongs to the name.
        let places = bytes.indices.dropLast().filter { bytes[$0] == UInt8(ascii: "/") && $0 <= 155 }
        guard let slash = places.last(where: { bytes.count - $0 - 1 <= 100 }), slash > 0 else { return nil }
        return (
            String(decoding: bytes[..<slash], as: UTF8.self), String(decoding: bytes[(slash + 1)...], as: UTF8.self)
        )
    }

    /// Pax records: `LENGTH KEY=VALUE` and a line feed, the length that of all of it.
    static func pax(_ records: [(key: String, value: String)]) -> [UInt8] {
        var bytes: [UInt8] = []
        for record in records {
            let rest = " \(record.key)=\(record.value)\n"
            var length = rest.utf8.count + 1
            while rest.utf8.count + String(length).utf8.count != length {
                length = rest.utf8.count + String(length).utf8.count
            }
            bytes += Array("\(length)\(rest)".utf8)
        }
        return bytes
    }
}

/// A ustar header of 512 bytes.
private struct Header {
    private var block = [UInt8](repeating: 0, count: 512)

    init(name: String, type: UInt8, mode: UInt32) {
        put(name, at: 0)
        number(UInt64(mode), at: 100, digits: 7)
        number(0, at: 108, digits: 7)
        number(0, at: 116, digits: 7)
        block[156] = type
        put("ustar", at: 257)
        put("00", at: 263)
        number(0, at: 329, digits: 7)
        number(0, at: 337, digits: 7)
    }

    mutating func set(size: UInt64, time: Int64) {
        number(size, at: 124, digits: 11)
        number(UInt64(min(max(0, time), 0o77777777777)), at: 136, digits: 11)
    }

    mutating func set(prefix: String, target: String) {
        put(target, at: 157)
        put(prefix, at: 345)
    }

    /// The block with its checksum.
    var bytes: [UInt8] {
        var bytes = block
        for index in 148..<156 { bytes[index] = 0x20 }
        let sum = bytes.reduce(UInt64(0)) { $0 + UInt64($1) }
        var head = Header(copying: bytes)
        head.number(sum, at: 148, digits: 6)
        head.block[154] = 0
        head.block[155] = 0x20
        return head.block
    }

    private init(copying bytes: [UInt8]) { block = bytes }

    private mutating func put(_ text: String, at offset: Int) {
        for (index, byte) in text.utf8.enumerated() { block[offset + index] = byte }
    }

    private mutating func number(_ value: UInt64, at offset: Int, digits: Int) {
        var rest = value
        for index in stride(from: offset + digits - 1, through: offset, by: -1) {
            block[index] = UInt8(ascii: "0") + UInt8(rest & 7)
            rest >>= 3
        }
    }
}
