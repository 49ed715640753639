// SPDX-License-Identifier: BSD-3-Clause

/// How files are brought from the cache into a prefix (`link_mode`).
package enum LinkMode: String, Sendable, CaseIterable {
    /// Hard links where the file systems allow, else shared blocks, else copies.
    case automatic = "auto"
    case hardLink = "hardlink"
    case reflink
    case copy
    case softLink = "softlink"
}
