// SPDX-License-Identifier: BSD-3-Clause

/// The header fields of one answer, names in lower case.
package struct HeaderFields: Sendable, Equatable {
    private(set) var fields: [(name: String, value: String)] = []

    package init() {}

    package static func == (left: HeaderFields, right: HeaderFields) -> Bool {
        left.fields.elementsEqual(right.fields) { $0.name == $1.name && $0.value == $1.value }
    }

    /// The first value of a field; ask in lower case.
    package subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

    package var etag: String? { self["etag"] }
    package var lastModified: String? { self["last-modified"] }
    package var cacheControl: String? { self["cache-control"] }
    /// `Content-Length` as a number.
    package var contentLength: UInt64? { self["content-length"].flatMap(UInt64.init) }

    /// A `Content-Encoding` that is more than gzip once; nil when the body is plain or in gzip.
    var strangeEncoding: String? {
        let encoding = fields.filter { $0.name == "content-encoding" }.map { $0.value.lowercased() }
            .joined(separator: ", ")
        return ["", "gzip", "x-gzip", "identity"].contains(encoding) ? nil : encoding
    }

    /// Takes one raw line as curl hands it over; a status line empties what an earlier answer (redirect, 100) left.
    mutating func take(line: UnsafeBufferPointer<UInt8>) {
        if line.count >= 5, line[0] == UInt8(ascii: "H"), line[1] == UInt8(ascii: "T"), line[2] == UInt8(ascii: "T"),
            line[3] == UInt8(ascii: "P"), line[4] == UInt8(ascii: "/")
        {
            fields.removeAll(keepingCapacity: true)
            return
        }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0, fields.count < 128 else { return }
        fields.append(
            (
                String(decoding: line[..<colon], as: UTF8.self).lowercased(),
                String(decoding: trimmed(line[(colon + 1)...]), as: UTF8.self)
            ))
    }

    private func trimmed(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Slice<UnsafeBufferPointer<UInt8>> {
        var bytes = bytes
        while let first = bytes.first, first <= 0x20 { bytes = bytes.dropFirst() }
        while let last = bytes.last, last <= 0x20 { bytes = bytes.dropLast() }
        return bytes
    }
}

/// `Content-Range: bytes FIRST-LAST/TOTAL`; the total may be `*`.
struct ContentRange: Equatable {
    var first: UInt64
    var total: UInt64?

    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard text.hasPrefix("bytes "), let dash = bytes.firstIndex(of: UInt8(ascii: "-")),
            let slash = bytes.firstIndex(of: UInt8(ascii: "/")), dash < slash,
            let first = UInt64(String(decoding: bytes[6..<dash], as: UTF8.self))
        else { return nil }
        self.first = first
        total = UInt64(String(decoding: bytes[(slash + 1)...], as: UTF8.self))
    }
}
