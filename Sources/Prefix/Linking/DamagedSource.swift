// SPDX-License-Identifier: BSD-3-Clause

/// Why a link failed: an unpacked package lacks a file or has another one than it shipped.
package struct DamagedSource: Error {
    /// The unpacked package.
    package let directory: String
}
