// SPDX-License-Identifier: BSD-3-Clause

/// Writes ZIPs, also such as no honest tool makes.
package struct ZipBuilder {
    package private(set) var bytes: [UInt8] = []
    private var directory: [UInt8] = []
    private var count = 0

    package init() {}

    /// Appends a member; `descriptor` puts its sizes after the data, `wide` into a ZIP64 field. `size` is that of what
    /// compressed data hold, `checksum` theirs.
    package mutating func add(
        _ name: String, _ data: [UInt8], flags: UInt16 = 0, method: UInt16 = 0, descriptor: Bool = false,
        wide: Bool = false, listedName: String? = nil, localSize: UInt32? = nil, listed: Bool = true,
        size unpacked: UInt32? = nil, checksum: UInt32? = nil
    ) {
        let offset = UInt32(bytes.count)
        let flags = flags | (descriptor ? 8 : 0)
        let size = wide ? UInt32.max : localSize ?? UInt32(data.count)
        let checksum = checksum ?? Self.checksum(data)
        var extra: [UInt8] = []
        if wide {
            extra =
                number(UInt16(1)) + number(UInt16(16)) + number(UInt64(unpacked ?? UInt32(data.count)))
                + number(UInt64(data.count))
        }
        bytes += number(UInt32(0x0403_4b50)) + number(UInt16(20)) + number(flags) + number(method)
        bytes += number(UInt32(0)) + number(descriptor ? 0 : checksum)
        bytes += number(descriptor ? 0 : size) + number(descriptor ? 0 : wide ? size : unpacked ?? size)
        bytes += number(UInt16(name.utf8.count)) + number(UInt16(extra.count)) + Array(name.utf8) + extra + data
        if descriptor {
            bytes +=
                number(UInt32(0x0807_4b50)) + number(checksum) + number(UInt32(data.count))
                + number(unpacked ?? UInt32(data.count))
        }
        guard listed else { return }
        let second = listedName ?? name
        count += 1
        directory += number(UInt32(0x0201_4b50)) + number(UInt16(20)) + number(UInt16(20)) + number(flags)
        directory += number(method) + number(UInt32(0)) + number(checksum)
        directory += number(size) + number(wide ? size : unpacked ?? size)
        directory += number(UInt16(second.utf8.count)) + number(UInt16(extra.count)) + number(UInt16(0))
        directory += number(UInt16(0)) + number(UInt16(0)) + number(UInt32(0)) + number(offset)
        directory += Array(second.utf8) + extra
    }

    package mutating func addRaw(_ more: [UInt8]) { bytes += more }

    /// The ZIP with its central directory.
    package func finished(comment: String = "") -> [UInt8] {
        bytes + directory + number(UInt32(0x0605_4b50)) + number(UInt16(0)) + number(UInt16(0))
            + number(UInt16(count)) + number(UInt16(count)) + number(UInt32(directory.count))
            + number(UInt32(bytes.count)) + number(UInt16(comment.utf8.count)) + Array(comment.utf8)
    }

    private func number(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    package static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var value = UInt32.max
        for byte in bytes {
            value ^= UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xedb8_8320 : value >> 1 }
        }
        return ~value
    }
}

/// The data of a deflated member that holds `bytes`, in blocks of stored ones (RFC 1951).
package func deflated(_ bytes: [UInt8]) -> [UInt8] {
    var pieces: [UInt8] = []
    var rest = bytes[...]
    repeat {
        let piece = rest.prefix(65535)
        rest = rest.dropFirst(piece.count)
        let count = UInt16(piece.count)
        pieces.append(rest.isEmpty ? 1 : 0)
        for number in [count, ~count] { pieces += [UInt8(truncatingIfNeeded: number), UInt8(number >> 8)] }
        pieces += piece
    } while !rest.isEmpty
    return pieces
}
