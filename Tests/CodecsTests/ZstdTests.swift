// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Testing

@testable import Codecs

@Suite struct ZstdTests {
    private let text = (0..<50_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }

    @Test func roundTrip() throws {
        for bytes in [[], [1], text] {
            let frame = try zstdCompress(bytes, subject: "test")
            #expect(try zstdDecompress(frame, subject: "test", limit: 1 << 20) == bytes)
            #expect(try zstdDecompress(frame + frame, subject: "test", limit: 1 << 20) == bytes + bytes)
            #expect(try zstdDecompress(frame, subject: "test", limit: bytes.count) == bytes)
        }
    }

    @Test func streamsInSmallPieces() throws {
        let frame = try zstdCompress(text, subject: "test", level: 5)
        var piece = [UInt8](repeating: 0, count: 100)
        var decoder = try ZstdDecoder(subject: "test")
        var output: [UInt8] = []
        for byte in frame {
            try withUnsafeBytes(of: byte) { bytes in
                var input = bytes
                var written = 1
                while !input.isEmpty || written > 0 {
                    written = try piece.withUnsafeMutableBytes { try decoder.decode(&input, into: $0).written }
                    output += piece[..<written]
                }
            }
        }
        try decoder.end()
        #expect(output == text)
    }

    @Test func refusesWhatIsBroken() throws {
        let frame = try zstdCompress(text, subject: "test")
        for count in [1, 4, 10, frame.count / 2, frame.count - 1] {
            #expect(throws: Failure.self) {
                try zstdDecompress(Array(frame[..<count]), subject: "test", limit: 1 << 20)
            }
        }
        #expect(throws: Failure.self) { try zstdDecompress(frame, subject: "test", limit: text.count - 1) }
        #expect(throws: Failure.self) { try zstdDecompress(frame + [1, 2, 3, 4, 5], subject: "test", limit: 1 << 20) }
        let bomb = try zstdCompress([UInt8](repeating: 0, count: 50 << 20), subject: "test")
        #expect(throws: Failure.self) { try zstdDecompress(bomb, subject: "test", limit: 1 << 20) }
    }
}
