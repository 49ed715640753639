// SPDX-License-Identifier: BSD-3-Clause

import Platform

/// One prefix replaced by another in files that already lie in a prefix; pure.
enum PrefixReplacement {
    /// Where `prefix` occurs as a whole path: not as the beginning of a longer name.
    static func occurrences(of prefix: [UInt8], in bytes: UnsafeRawBufferPointer) -> [Int] {
        var found: [Int] = []
        prefix.withUnsafeBytes { wanted in
            var start = 0
            while let place = ByteSearch.first(wanted, in: bytes, from: start) {
                start = place + wanted.count
                if start < bytes.count, continuesName(bytes[start]) { continue }
                found.append(place)
            }
        }
        return found
    }

    /// True for bytes that a file name goes on with in most texts.
    private static func continuesName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), 0x80...0xff:
            true
        default: false
        }
    }

    /// The text with `old` at each of `places` replaced; its first line so that the system can run it.
    static func text(
        _ bytes: UnsafeRawBufferPointer, _ old: [UInt8], at places: [Int], with new: [UInt8],
        platform: TargetPlatform
    ) -> [UInt8] {
        old.withUnsafeBytes { wanted in
            PlaceholderReplacement.text(
                bytes, placeholder: wanted, offsets: places.map { UInt64($0) }[...], prefix: new, platform: platform)
        } ?? Array(bytes)
    }

    /// Replaces in a file of C strings, each keeping its length; `room` is how many zeros more than its own end each
    /// string has for every prefix in it. False when the new one does not fit.
    static func binary(
        _ bytes: UnsafeMutableRawBufferPointer, _ old: [UInt8], at places: [Int], with new: [UInt8], room: Int
    ) -> Bool {
        guard new.count - old.count <= room else { return false }
        let all = UnsafeRawBufferPointer(bytes)
        var index = 0
        while index < places.count {
            let start = places[index]
            let end = ByteSearch.zero(in: all, from: start + old.count)
            let inString = places[index...].prefix { $0 < end }
            index += inString.count
            var string: [UInt8] = []
            var position = start
            for place in inString {
                string.append(contentsOf: all[position..<place])
                string.append(contentsOf: new)
                position = place + old.count
            }
            string.append(contentsOf: all[position..<end])
            // The zeros behind the old string are its own as far as there was room for the placeholder.
            var limit = end
            while limit < all.count, all[limit] == 0, limit - end < inString.count * room { limit += 1 }
            let length = max(end, start + string.count)
            guard length <= limit else { return false }
            for offset in start..<length {
                bytes[offset] = offset - start < string.count ? string[offset - start] : 0
            }
        }
        return true
    }
}
