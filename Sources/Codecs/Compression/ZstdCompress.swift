// SPDX-License-Identifier: BSD-3-Clause

internal import CZstd
package import Failures

/// `bytes` as one Zstandard frame.
package func zstdCompress(_ bytes: [UInt8], subject: String, level: Int32 = 3) throws(Failure) -> [UInt8] {
    var failure: Failure?
    let frame = [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(bytes.count)) { buffer, count in
        let result = ZSTD_compress(buffer.baseAddress, buffer.count, bytes, bytes.count, level)
        if ZSTD_isError(result) == 0 {
            count = result
        } else {
            failure = Failure(.system, subject, "zstd: \(String(cString: ZSTD_getErrorName(result)))")
        }
    }
    if let failure { throw failure }
    return frame
}
