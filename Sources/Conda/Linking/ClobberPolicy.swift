// SPDX-License-Identifier: BSD-3-Clause

/// What happens when two packages put a file at one path (`path_conflict`).
package enum ClobberPolicy: String, Sendable, CaseIterable {
    /// The last in topological order has the path, the others' files are kept aside.
    case lastWins = "clobber"
    /// The same, and a warning says so.
    case warn
    /// The whole is refused.
    case prevent
}
