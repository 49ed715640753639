// SPDX-License-Identifier: BSD-3-Clause
package import Codecs
package import Failures

/// What tests make of MessagePack; the product only reads it.
package enum MessagePack {
    /// The one value in `bytes`.
    package static func parse(_ bytes: [UInt8]) throws(Failure) -> MessagePackValue {
        let limits = ParsingLimits()
        return try bytes.withBuffer { (bytes) throws(Failure) in
            var scanner = MessagePackScanner(
                UnsafeRawBufferPointer(bytes), subject: "test", maximumDepth: limits.depth)
            let value = try scanner.value()
            try scanner.end()
            return value
        }
    }
}

extension MessagePackValue {
    /// The bytes of this value.
    package var serialized: [UInt8] {
        var bytes: [UInt8] = []
        write(to: &bytes)
        return bytes
    }

    /// Appends the bytes of this value, each length in its shortest form.
    package func write(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes.append(0xc0)
        case .bool(let value): bytes.append(value ? 0xc3 : 0xc2)
        case .integer(let value) where value >= 0: Self.write(unsigned: UInt64(value), to: &bytes)
        case .integer(let value):
            if value >= -32 {
                bytes.append(UInt8(bitPattern: Int8(value)))
            } else {
                bytes.append(0xd3)
                Self.write(UInt64(bitPattern: value), 8, to: &bytes)
            }
        case .unsigned(let value): Self.write(unsigned: value, to: &bytes)
        case .float(let value):
            bytes.append(0xcb)
            Self.write(value.bitPattern, 8, to: &bytes)
        case .string(let text):
            Self.write(text.utf8.count, fixed: (0xa0, 32), 0xd9, 0xda, 0xdb, to: &bytes)
            bytes.append(contentsOf: text.utf8)
        case .binary(let data):
            Self.write(data.count, fixed: nil, 0xc4, 0xc5, 0xc6, to: &bytes)
            bytes.append(contentsOf: data)
        case .array(let elements):
            Self.write(elements.count, fixed: (0x90, 16), nil, 0xdc, 0xdd, to: &bytes)
            for element in elements { element.write(to: &bytes) }
        case .map(let pairs):
            Self.write(pairs.count, fixed: (0x80, 16), nil, 0xde, 0xdf, to: &bytes)
            for pair in pairs {
                pair.key.write(to: &bytes)
                pair.value.write(to: &bytes)
            }
        case .extended(let type, let data):
            Self.write(data.count, fixed: nil, 0xc7, 0xc8, 0xc9, to: &bytes)
            bytes.append(UInt8(bitPattern: type))
            bytes.append(contentsOf: data)
        }
    }

    private static func write(unsigned value: UInt64, to bytes: inout [UInt8]) {
        switch value {
        case 0..<0x80: bytes.append(UInt8(value))
        case 0..<0x100: write(head: 0xcc, value, 1, to: &bytes)
        case 0..<0x1_0000: write(head: 0xcd, value, 2, to: &bytes)
        case 0..<0x1_0000_0000: write(head: 0xce, value, 4, to: &bytes)
        default: write(head: 0xcf, value, 8, to: &bytes)
        }
    }

    private static func write(
        _ count: Int, fixed: (head: UInt8, limit: Int)?, _ one: UInt8?, _ two: UInt8, _ four: UInt8,
        to bytes: inout [UInt8]
    ) {
        if let fixed, count < fixed.limit {
            bytes.append(fixed.head | UInt8(count))
        } else if let one, count < 0x100 {
            write(head: one, UInt64(count), 1, to: &bytes)
        } else if count < 0x1_0000 {
            write(head: two, UInt64(count), 2, to: &bytes)
        } else {
            write(head: four, UInt64(count), 4, to: &bytes)
        }
    }

    private static func write(head: UInt8, _ value: UInt64, _ width: Int, to bytes: inout [UInt8]) {
        bytes.append(head)
        write(value, width, to: &bytes)
    }

    private static func write(_ value: UInt64, _ width: Int, to bytes: inout [UInt8]) {
        for index in (0..<width).reversed() { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(index)))) }
    }
}
