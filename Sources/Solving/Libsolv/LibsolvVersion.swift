// SPDX-License-Identifier: BSD-3-Clause
import CSolv

/// The version of libsolv that this is built with.
package enum LibsolvVersion {
    package static var text: String { LIBSOLV_VERSION_STRING }
}
