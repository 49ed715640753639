// SPDX-License-Identifier: BSD-3-Clause

/// How compiled files say which source they belong to (PEP 552; `pyc`).
package enum CompilingMode: String, Sendable, CaseIterable {
    /// Nothing is compiled.
    case none
    /// By the source's time and size: python's default.
    case timestamp
    /// By the source's hash, looked at when imported.
    case checkedHash = "checked-hash"
    /// By the source's hash, never looked at.
    case uncheckedHash = "unchecked-hash"
}
