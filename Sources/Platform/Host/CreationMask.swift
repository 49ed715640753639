// SPDX-License-Identifier: BSD-3-Clause
import Glibc

/// The permission bits that the umask takes from what this process makes.
package let creationMask: UInt32 = {
    // It can only be read by setting it, for all threads; so the first ``Thread`` does that before it starts.
    let mask = umask(0o077)
    _ = umask(mask)
    return mask
}()

extension FileStatus {
    /// The bits that a umask took from this directory when it was made with the mode that directories are made with.
    package var takenBits: UInt32 { 0o775 & ~mode }
}
