// SPDX-License-Identifier: BSD-3-Clause
import CShims

/// An archive that stands behind an executable of krait, in the same file (`krait pack --format exe`).
package struct Payload: Sendable {
    /// Where its first byte is in the file.
    package var offset: UInt64
    package var size: UInt64
    /// The 32 bytes of its SHA-256.
    package var digest: [UInt8]

    package init(offset: UInt64, size: UInt64, digest: [UInt8]) {
        self.offset = offset
        self.size = size
        self.digest = digest
    }

    /// Whether this executable has one: a look at one number in memory.
    package static var isThere: Bool { krait_has_payload() != 0 }

    /// This executable's own.
    package static var own: Payload? { isThere ? withOwnBytes { Payload($0) } : nil }

    /// What an executable says of its payload begins with these bytes, which are nowhere else in it.
    package static var magic: [UInt8] { withOwnBytes { Array($0[..<16]) } }

    /// How many bytes it says, the magic ones among them.
    package static let length = MemoryLayout<krait_payload>.size

    /// The version of krait that `bytes`, which begin with the magic ones, are of.
    package static func version(_ bytes: UnsafeRawBufferPointer) -> String {
        String(decoding: bytes[16..<40].prefix { $0 != 0 }, as: UTF8.self)
    }

    /// The version that this executable says it is of.
    package static var ownVersion: String { withOwnBytes { version($0) } }

    /// What `bytes`, which begin with the magic ones, say.
    package init(_ bytes: UnsafeRawBufferPointer) {
        offset = bytes.loadUnaligned(fromByteOffset: 40, as: UInt64.self).littleEndian
        size = bytes.loadUnaligned(fromByteOffset: 48, as: UInt64.self).littleEndian
        digest = Array(bytes[56..<88])
    }

    /// What stands behind the version in an executable that has it: 48 bytes.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        for number in [offset, size] {
            withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes + digest
    }

    /// Where ``bytes`` stand behind the magic ones.
    package static let place = 40

    private static func withOwnBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        body(UnsafeRawBufferPointer(start: krait_own_payload(), count: length))
    }
}
