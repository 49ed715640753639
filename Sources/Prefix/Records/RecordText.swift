// SPDX-License-Identifier: BSD-3-Clause

import Codecs

/// JSON text put together byte by byte, for records of thousands of paths.
struct RecordText: ~Copyable {
    private var start: UnsafeMutableRawPointer
    private var capacity: Int
    private var count = 0

    init(capacity: Int) {
        start = .allocate(byteCount: capacity, alignment: 8)
        self.capacity = capacity
    }

    deinit { start.deallocate() }

    /// Everything until now.
    var bytes: [UInt8] { withBytes { Array($0) } }

    /// Calls `body` with everything until now.
    func withBytes<Result, Problem: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Problem) -> Result
    ) throws(Problem) -> Result {
        try body(UnsafeRawBufferPointer(start: start, count: count))
    }

    /// Makes room for `size` more bytes.
    @inline(__always)
    private mutating func reserve(_ size: Int) {
        if capacity - count < size { grow(size) }
    }

    @inline(never)
    private mutating func grow(_ size: Int) {
        capacity = max(capacity * 2, count + size)
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 8)
        larger.copyMemory(from: start, byteCount: count)
        start.deallocate()
        start = larger
    }

    /// Appends text that there is room for.
    @inline(__always)
    private mutating func put(_ text: StaticString) {
        (start + count).copyMemory(from: text.utf8Start, byteCount: text.utf8CodeUnitCount)
        count += text.utf8CodeUnitCount
    }

    @inline(__always)
    private mutating func put(_ bytes: UnsafeRawBufferPointer) {
        if let base = bytes.baseAddress { (start + count).copyMemory(from: base, byteCount: bytes.count) }
        count += bytes.count
    }

    /// Appends text that needs no escapes.
    @inline(__always)
    mutating func raw(_ text: StaticString) {
        reserve(text.utf8CodeUnitCount)
        put(text)
    }

    /// Appends bytes that need no escapes.
    mutating func raw(_ bytes: UnsafeRawBufferPointer) {
        reserve(bytes.count)
        put(bytes)
    }

    mutating func raw(_ text: String) {
        var text = text
        text.withUTF8 { raw(UnsafeRawBufferPointer($0)) }
    }

    /// Appends the element of a plain file, whose digest in the prefix is that in the package: nearly all are.
    ///
    /// - Parameter isEscaped: whether directory and name, one after the other its path, can stand between quotes.
    mutating func plainElement(
        _ directory: UnsafeRawBufferPointer, _ name: UnsafeRawBufferPointer, isEscaped: Bool, digest: SHA256Digest,
        size: UInt64
    ) {
        let digits = 2 * SHA256Digest.byteCount
        raw("      {\"_path\": \"")
        escaped(directory, isEscaped)
        escaped(name, isEscaped)
        // What `put` takes without looking: 83 bytes of constant text and two digests.
        reserve(96 + 2 * digits)
        put("\", \"path_type\": \"hardlink\", \"sha256\": \"")
        let hash = UnsafeMutableRawBufferPointer(start: start + count, count: digits)
        digest.withBytes { encodeHex($0, into: hash) }
        count += digits
        put("\", \"sha256_in_prefix\": \"")
        put(UnsafeRawBufferPointer(hash))
        put("\", \"size_in_bytes\": ")
        number(size)
        raw("}")
    }

    /// Appends `text` between quotes.
    mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { string(UnsafeRawBufferPointer($0)) }
    }

    /// Appends UTF-8 bytes between quotes.
    mutating func string(_ text: UnsafeRawBufferPointer) {
        raw("\"")
        escaped(text)
        raw("\"")
    }

    /// Appends what stands between quotes, which may be known to be as it has to be.
    mutating func escaped(_ text: UnsafeRawBufferPointer, _ isEscaped: Bool = false) {
        if isEscaped || !Self.needsEscapes(text) { return raw(text) }
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""): raw("\\\"")
            case UInt8(ascii: "\\"): raw("\\\\")
            case 0x0a: raw("\\n")
            case 0x0d: raw("\\r")
            case 0x09: raw("\\t")
            case 0..<0x20:
                raw("\\u00")
                withUnsafeBytes(of: (hexDigit(byte >> 4), hexDigit(byte & 15))) { raw($0) }
            default: withUnsafeBytes(of: byte) { raw($0) }
            }
        }
    }

    mutating func number(_ value: UInt64) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var rest = value
            var start = 20
            repeat {
                start -= 1
                digits[start] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            } while rest > 0
            raw(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: digits[start...])))
        }
    }

    /// Appends the hexadecimal digits of `digest`.
    mutating func hexadecimal(_ digest: SHA256Digest) {
        withUnsafeTemporaryAllocation(byteCount: 2 * SHA256Digest.byteCount, alignment: 8) { digits in
            digest.withBytes { encodeHex($0, into: digits) }
            raw(UnsafeRawBufferPointer(digits))
        }
    }

    /// Whether a control character, a quote or a backslash is in `text`; eight bytes at once.
    static func needsEscapes(_ text: UnsafeRawBufferPointer) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var index = 0
        while text.count - index >= 8 {
            let x = text.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            let quote = x ^ (ones &* 0x22)
            let backslash = x ^ (ones &* 0x5c)
            // The highest bit of a byte that is below 0x20, or zero.
            let found = (x &- ones &* 0x20) & ~x | (quote &- ones) & ~quote | (backslash &- ones) & ~backslash
            if found & (ones << 7) != 0 { return true }
            index += 8
        }
        return text[index...].contains { $0 < 0x20 || $0 == 0x22 || $0 == 0x5c }
    }
}
