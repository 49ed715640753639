// SPDX-License-Identifier: BSD-3-Clause
import Failures

/// A member of a ZIP: what its local header or the central directory says.
struct ZipMember: Equatable {
    var name: [UInt8] = []
    /// Where its local header begins.
    var offset: UInt64 = 0
    /// Of what it holds.
    var size: UInt64 = 0
    /// Of its data in the archive; the same unless it is deflated.
    var packed: UInt64 = 0
    var isDeflated = false
    var checksum: UInt32 = 0
    /// The sizes stand after the data, so that they are known from the central directory only.
    var hasDescriptor = false

    /// The length of a local header without name and extra field.
    static let localHeaderSize = 30
    static let localSignature: UInt32 = 0x0403_4b50
    static let centralSignature: UInt32 = 0x0201_4b50
    static let centralHeaderSize = 46

    /// From the fields that local and central headers share; `extra` may carry 64-bit values, in the order in which
    /// the 32-bit ones are full.
    init(
        flags: UInt16, method: UInt16, checksum: UInt32, packed: UInt32, unpacked: UInt32, offset: UInt64,
        offsetIsFull: Bool, name: UnsafeRawBufferPointer, extra: UnsafeRawBufferPointer, subject: String
    ) throws(Failure) {
        func refusal(_ reason: String) -> Failure { Failure(.integrity, subject, "ZIP: \(reason)") }
        guard flags & 1 == 0 else { throw refusal("a member is encrypted") }
        guard method == 0 || method == 8 else {
            throw refusal("a member is compressed by method \(method); the .conda format asks for stored members")
        }
        guard name.count <= 1024 else { throw refusal("a member's name is too long") }
        self.name = Array(name)
        self.checksum = checksum
        self.offset = offset
        hasDescriptor = flags & 8 != 0
        var packedSize = UInt64(packed)
        var unpackedSize = UInt64(unpacked)
        var values = try Self.wideValues(extra, refusal)
        func wide() throws(Failure) -> UInt64 {
            guard let first = values.first else { throw refusal("a 64-bit size is missing") }
            values.removeFirst()
            return first
        }
        if unpacked == .max { unpackedSize = try wide() }
        if packed == .max { packedSize = try wide() }
        if offsetIsFull { self.offset = try wide() }
        guard method == 8 || packedSize == unpackedSize else { throw refusal("the sizes of a stored member differ") }
        size = unpackedSize
        self.packed = packedSize
        isDeflated = method == 8
    }

    /// The numbers of the ZIP64 extra field.
    private static func wideValues(
        _ extra: UnsafeRawBufferPointer, _ refusal: (String) -> Failure
    ) throws(Failure) -> [UInt64] {
        var place = 0
        // Some writers pad the field with fewer than four bytes.
        while place + 4 <= extra.count {
            let id = extra.loadUnaligned(fromByteOffset: place, as: UInt16.self).littleEndian
            let length = Int(extra.loadUnaligned(fromByteOffset: place + 2, as: UInt16.self).littleEndian)
            place += 4
            guard place + length <= extra.count else { throw refusal("an extra field is truncated") }
            if id == 1 {
                return stride(from: place, to: place + length - 7, by: 8).map {
                    extra.loadUnaligned(fromByteOffset: $0, as: UInt64.self).littleEndian
                }
            }
            place += length
        }
        return []
    }
}
