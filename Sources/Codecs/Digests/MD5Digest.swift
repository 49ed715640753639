// SPDX-License-Identifier: BSD-3-Clause

/// An MD5 value, held inline; it identifies, and protects nothing.
package struct MD5Digest: Sendable, Hashable {
    /// How many bytes the digest has.
    package static let byteCount = 16

    private var words: (UInt64, UInt64)

    /// The digest whose bytes are `bytes`; nil unless there are exactly 16.
    package init?(bytes: UnsafeRawBufferPointer) {
        guard bytes.count == Self.byteCount else { return nil }
        words = (
            bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self),
            bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        )
    }

    /// The digest whose bytes are `bytes`; nil unless there are exactly 16.
    package init?(bytes: [UInt8]) {
        guard let digest = bytes.withUnsafeBytes({ Self(bytes: $0) }) else { return nil }
        self = digest
    }

    /// The digest written as 32 hexadecimal digits of either case.
    package init?(hex: UnsafeRawBufferPointer) {
        guard hex.count == Self.byteCount * 2 else { return nil }
        words = (0, 0)
        guard withUnsafeMutableBytes(of: &words, { decodeHex(hex, into: $0) }) else { return nil }
    }

    /// The digest written as 32 hexadecimal digits of either case.
    package init?(hex: String) {
        var hex = hex
        guard let digest = hex.withUTF8({ Self(hex: UnsafeRawBufferPointer($0)) }) else { return nil }
        self = digest
    }

    /// 32 lower-case hexadecimal digits.
    package var hex: String { withBytes(encodeHex) }

    /// Calls `body` with the 16 bytes, valid only during the call.
    package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try withUnsafeBytes(of: words, body)
    }

    package static func == (left: Self, right: Self) -> Bool { left.words == right.words }

    package func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

extension MD5Digest: CustomStringConvertible {
    package var description: String { hex }
}
