// SPDX-License-Identifier: BSD-3-Clause

/// How closely cached files are looked at before they are linked (`safety_checks`).
package enum SafetyChecks: String, Sendable, CaseIterable {
    /// Their sizes are compared with the package's list.
    case enabled
    /// Only what `extra_safety_checks` asks for.
    case warn
    /// Nothing is checked, whatever `extra_safety_checks` says.
    case disabled
}
