// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Fuzzing
import Testing

@testable import Codecs

@Suite struct MessagePackTests {
    @Test(
        arguments: [
            ([0xc0], .null), ([0xc2], .bool(false)), ([0x7f], .integer(127)), ([0xff], .integer(-1)),
            ([0xcc, 0xff], .integer(255)), ([0xcd, 1, 0], .integer(256)), ([0xd0, 0x80], .integer(-128)),
            ([0xd1, 0x80, 0], .integer(-32768)),
            ([0xd3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe], .integer(-2)),
            ([0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], .unsigned(.max)),
            ([0xa1, 0x61], .string("a")), ([0xd9, 1, 0x61], .string("a")), ([0xda, 0, 1, 0x61], .string("a")),
            ([0xdb, 0, 0, 0, 1, 0x61], .string("a")), ([0xc4, 1, 7], .binary([7])),
            ([0xca, 0x3f, 0x80, 0, 0], .float(1)),
            ([0x92, 1, 0xc0], .array([.integer(1), .null])), ([0xdc, 0, 1, 1], .array([.integer(1)])),
            ([0x81, 0xa1, 0x61, 2], .map([MessagePackPair(.string("a"), .integer(2))])),
            ([0xd4, 5, 9], .extended(5, [9])), ([0xc7, 2, 0xff, 1, 2], .extended(-1, [1, 2])),
        ] as [([UInt8], MessagePackValue)])
    func knownForms(bytes: [UInt8], value: MessagePackValue) throws {
        #expect(try MessagePack.parse(bytes) == value)
        #expect(try MessagePack.parse(value.serialized) == value)
        for count in 0..<bytes.count {
            #expect(throws: Failure.self) { try MessagePack.parse(Array(bytes[..<count])) }
        }
    }

    @Test(
        arguments: [
            [], [0xc1], [0xdd, 0xff, 0xff, 0xff, 0xff], [0xdf, 0xff, 0xff, 0xff, 0xff], [0xc6, 0x7f, 0xff, 0xff, 0xff],
            [0xa1, 0xff], [1, 1],
        ] as [[UInt8]])
    func refuses(bytes: [UInt8]) {
        #expect(throws: Failure.self) { try MessagePack.parse(bytes) }
    }

    @Test func depthIsLimited() {
        let deep = [UInt8](repeating: 0x91, count: 100_000) + [0xc0]
        #expect(throws: Failure.self) { try MessagePack.parse(deep) }
        deep.withUnsafeBytes { bytes in
            var scanner = MessagePackScanner(bytes, subject: "test")
            #expect(throws: Never.self) { try scanner.skip() }
        }
    }

    @Test func randomValuesRoundTripAndMutantsNeverCrash() throws {
        var random = SeededGenerator(state: 4)
        for _ in 0..<2000 {
            let value = Self.value(&random, depth: 4)
            var bytes = value.serialized
            #expect(try MessagePack.parse(bytes) == value)
            for _ in 0..<10 {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                let parsed = try? MessagePack.parse(bytes)
                let isSkipped = bytes.withUnsafeBytes { bytes in
                    var scanner = MessagePackScanner(bytes, subject: "mutated")
                    return (try? scanner.skip()) != nil && (try? scanner.end()) != nil
                }
                if parsed != nil { #expect(isSkipped) }
            }
        }
    }

    static func value(_ random: inout SeededGenerator, depth: Int) -> MessagePackValue {
        switch Int.random(in: 0..<(depth > 0 ? 9 : 7), using: &random) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &random))
        case 2:
            return .integer(Int64.random(in: .min ... .max, using: &random) >> Int64.random(in: 0..<64, using: &random))
        case 3: return .float(Double.random(in: -1e9...1e9, using: &random))
        case 4: return .unsigned(UInt64(Int64.max) + UInt64.random(in: 1...1000, using: &random))
        case 5:
            return .string(String(repeating: "é", count: [0, 3, 20, 200, 40_000].randomElement(using: &random) ?? 0))
        case 6: return .binary([UInt8](repeating: 7, count: [0, 32, 300].randomElement(using: &random) ?? 0))
        case 7:
            return .array((0..<Int.random(in: 0..<20, using: &random)).map { _ in value(&random, depth: depth - 2) })
        default:
            return .map(
                (0..<Int.random(in: 0..<20, using: &random)).map {
                    MessagePackPair(.integer(Int64($0)), value(&random, depth: depth - 2))
                })
        }
    }
}
