// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Testing

@testable import Codecs

@Suite struct Bzip2Tests {
    private let plain = Array(String(repeating: "bzip2 of some words, ", count: 20).utf8)
    /// `plain` as the program bzip2 writes it.
    private let packed = Self.bytes(
        "425a68393141592653593f6d5f850000459980400410001722d89020007053000014aa469ea0da7aa704f04d1344d93a"
            + "2689b2744d9309c139268984c2724c27a1309fc5dc914e14240fdb57e140")

    @Test(arguments: [1, 7, 4096]) func streamsInPieces(size: Int) throws {
        #expect(try decompress(packed, size) == plain)
        // Programs that work in parallel write several streams.
        #expect(try decompress(packed + packed, size) == plain + plain)
        #expect(try decompress([], size) == [])
    }

    @Test func damageIsRefused() {
        for count in 1..<packed.count {
            #expect(throws: Failure.self) { try decompress(Array(packed.prefix(count)), 4096) }
        }
        for place in packed.indices {
            var damaged = packed
            damaged[place] ^= 0x10
            #expect((try? decompress(damaged, 4096)).map { $0 == plain } ?? true)
        }
        #expect(throws: Failure.self) { try decompress(packed + [0x42, 0x42], 4096) }
    }

    private func decompress(_ bytes: [UInt8], _ size: Int) throws -> [UInt8] {
        var decoder = Bzip2Decoder(subject: "test")
        var output: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: size)
        try bytes.withUnsafeBytes { bytes in
            var input = UnsafeRawBufferPointer(bytes)
            while true {
                let written = try piece.withUnsafeMutableBytes { try decoder.decode(&input, into: $0).written }
                output += piece[..<written]
                if input.isEmpty, written < size { break }
            }
        }
        try decoder.end()
        return output
    }

    private static func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.compactMap { UInt8($0.hexDigitValue ?? 0) }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
