// SPDX-License-Identifier: BSD-3-Clause
import Conda

/// The build prefix in a file's bytes replaced by the prefix the file will live in (Rules §12.4); pure.
enum PlaceholderReplacement {
    /// Writes `prefix` over `placeholder` in a file's bytes; false when they are not those that `manifest` tells of.
    static func apply(
        _ placeholder: LinkManifest.Placeholder, of manifest: LinkManifest, to bytes: inout [UInt8], prefix: [UInt8],
        platform: TargetPlatform
    ) -> Bool {
        manifest.text.withUnsafeBytes { text in
            let wanted = UnsafeRawBufferPointer(
                rebasing: text[Int(placeholder.text)..<Int(placeholder.text) + Int(placeholder.textLength)])
            let offsets = manifest.offsets[placeholder.offsets]
            switch placeholder.mode {
            case .binary:
                return bytes.withUnsafeMutableBytes {
                    self.binary($0, placeholder: wanted, offsets: offsets, prefix: prefix)
                }
            case .text:
                let replaced = bytes.withUnsafeBytes {
                    self.text($0, placeholder: wanted, offsets: offsets, prefix: prefix, platform: platform)
                }
                guard let replaced else { return false }
                bytes = replaced
                return true
            }
        }
    }

    /// The new bytes of a text file that holds `placeholder` at each of `offsets`; nil when it does not.
    static func text(
        _ bytes: UnsafeRawBufferPointer, placeholder: UnsafeRawBufferPointer, offsets: ArraySlice<UInt64>,
        prefix: [UInt8], platform: TargetPlatform
    ) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + offsets.count * max(0, prefix.count - placeholder.count) + 64)
        var position = 0
        if bytes.count >= 2, bytes[0] == UInt8(ascii: "#"), bytes[1] == UInt8(ascii: "!") {
            let end = bytes.firstIndex(of: 0x0a) ?? bytes.count
            result += Shebang.replacing(
                placeholder, with: prefix, in: Array(bytes[..<end]), platform: platform)
            position = end
        }
        for offset in offsets {
            guard let offset = Int(exactly: offset), ByteSearch.stands(placeholder, in: bytes, at: offset) else {
                return nil
            }
            // Those of the first line are done.
            if offset < position { continue }
            result.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[position..<offset]))
            result.append(contentsOf: prefix)
            position = offset + placeholder.count
        }
        result.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[position...]))
        return result
    }

    /// Replaces in place in a file of C strings: each string keeps its length by zeros at its end. False when
    /// `placeholder` is not at each of `offsets`, or is shorter than the prefix.
    static func binary(
        _ bytes: UnsafeMutableRawBufferPointer, placeholder: UnsafeRawBufferPointer, offsets: ArraySlice<UInt64>,
        prefix: [UInt8]
    ) -> Bool {
        guard prefix.count <= placeholder.count else { return offsets.isEmpty }
        let all = UnsafeRawBufferPointer(bytes)
        for offset in offsets {
            guard let offset = Int(exactly: offset), ByteSearch.stands(placeholder, in: all, at: offset) else {
                return false
            }
        }
        var index = offsets.startIndex
        while index < offsets.endIndex {
            let start = Int(offsets[index])
            let end = ByteSearch.zero(in: all, from: start + placeholder.count)
            // `read` walks the old string, `write` the new one, which is never longer.
            var read = start
            var write = start
            while index < offsets.endIndex, Int(offsets[index]) < end {
                let offset = Int(offsets[index])
                index += 1
                if offset < read { continue }
                move(bytes, from: read, to: write, count: offset - read)
                write += offset - read
                for byte in prefix {
                    bytes[write] = byte
                    write += 1
                }
                read = offset + placeholder.count
            }
            move(bytes, from: read, to: write, count: end - read)
            write += end - read
            while write < end {
                bytes[write] = 0
                write += 1
            }
        }
        return true
    }

    private static func move(_ bytes: UnsafeMutableRawBufferPointer, from: Int, to: Int, count: Int) {
        guard count > 0, from != to, let base = bytes.baseAddress else { return }
        (base + to).copyMemory(from: base + from, byteCount: count)
    }
}
