// SPDX-License-Identifier: BSD-3-Clause

/// Makes inputs from seeds: small damage, words of the format, parts said twice, and two seeds in one.
struct Mutation {
    private static let numbers = [
        "0", "-1", "1e999", "0.5", "2147483648", "4294967295", "9223372036854775807", "18446744073709551616",
        "99999999999999999999999999",
    ]
    let words: [[UInt8]]

    init(words: [String]) { self.words = (words + Self.numbers).map { Array($0.utf8) } }

    /// Changes `bytes` in one to four places; `other` is a seed to take a part from.
    func apply(to bytes: inout [UInt8], other: [UInt8], _ random: inout SeededGenerator) {
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let place = Int.random(in: 0...bytes.count, using: &random)
            let length = min(Int.random(in: 1...32, using: &random), bytes.count - place)
            let part = place..<place + length
            switch Int.random(in: 0..<10, using: &random) {
            case 0 where length > 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1 where length > 0: bytes[place] = .random(in: .min ... .max, using: &random)
            case 2: bytes.insert(.random(in: .min ... .max, using: &random), at: place)
            case 3: bytes.removeSubrange(part)
            case 4: bytes.insert(contentsOf: bytes[part], at: .random(in: 0...bytes.count, using: &random))
            case 5, 6: bytes.insert(contentsOf: words.randomElement(using: &random) ?? [], at: place)
            case 7: bytes.replaceSubrange(part, with: words.randomElement(using: &random) ?? [])
            case 8 where !other.isEmpty:
                let from = Int.random(in: 0..<other.count, using: &random)
                let until = min(other.count, from + Int.random(in: 1...256, using: &random))
                bytes.replaceSubrange(part, with: other[from..<until])
            // A cut leaves little to look at, so it is rare.
            case 9 where Int.random(in: 0..<8, using: &random) == 0: bytes.removeSubrange(place...)
            default: break
            }
        }
    }
}
