// SPDX-License-Identifier: BSD-3-Clause

/// When writes are forced to stable storage (`fsync`).
package enum Synchronization: String, Sendable, CaseIterable {
    /// For living prefixes as `always`; a new prefix, which can be made again, not at all.
    case automatic = "auto"
    /// The journal before anything is touched, everything before the commit, the commit after it.
    case always
    case never
}
