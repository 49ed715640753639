// SPDX-License-Identifier: BSD-3-Clause
import CShims

/// Bytes that nobody can guess.
package func randomBytes(_ count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let result = bytes.withUnsafeMutableBytes { buffer in
        guard let base = buffer.baseAddress else { return Int32(0) }
        return krait_random_bytes(base, buffer.count)
    }
    precondition(result == 0, "the system provides no random bytes")
    return bytes
}
