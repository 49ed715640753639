// SPDX-License-Identifier: BSD-3-Clause
internal import CZstd

/// The version of libzstd in this process.
package enum ZstdVersion {
    package static var text: String { String(cString: ZSTD_versionString()) }
}
