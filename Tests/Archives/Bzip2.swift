// SPDX-License-Identifier: BSD-3-Clause
import CBzip2

/// `bytes` as one stream of bzip2.
package func bzip2Compress(_ bytes: [UInt8]) -> [UInt8] {
    var source = bytes.map { CChar(bitPattern: $0) }
    // What the library's manual asks for: 1 % more and 600 bytes.
    var target = [CChar](repeating: 0, count: bytes.count + bytes.count / 100 + 600)
    var count = UInt32(target.count)
    let result = BZ2_bzBuffToBuffCompress(&target, &count, &source, UInt32(source.count), 9, 0, 0)
    precondition(result == BZ_OK, "libbz2 gave \(result)")
    return target.prefix(Int(count)).map { UInt8(bitPattern: $0) }
}
