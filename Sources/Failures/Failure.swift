// SPDX-License-Identifier: BSD-3-Clause

/// An error as a value: what kind, about what, why, and one way out. Text is made from it at the top only.
package struct Failure: Error, Sendable {
    /// The kind of failure; decides the exit code.
    package var code: Code
    /// What it is about, as the user knows it: a spec, a file with line, a URL (masked), a package.
    package var subject: String
    /// Why, in lower case without a final full stop.
    package var reason: String
    /// One thing the user can do or type, if there is one.
    package var hint: String?
    /// The failure underneath, when a lower room reported one.
    package var cause: (any Error)?

    package init(
        _ code: Code, _ subject: String, _ reason: String, hint: String? = nil, cause: (any Error)? = nil
    ) {
        self.code = code
        self.subject = subject
        self.reason = reason
        self.hint = hint
        self.cause = cause
    }

    /// The same failure seen by a caller who knows more: another subject, this one as the cause.
    package func wrapped(as subject: String, _ reason: String, hint: String? = nil) -> Failure {
        Failure(code, subject, reason, hint: hint ?? self.hint, cause: self)
    }
}

extension Failure {
    /// A kind of failure and the exit code it ends in (Requirements R-10).
    package enum Code: String, Sendable, CaseIterable {
        case other
        /// Wrong words on the command line or in a file the user wrote.
        case usage
        /// Text that is not what it should be: a spec, a version, a manifest.
        case parse
        /// Specs that cannot be satisfied together, or name what no channel has.
        case unsatisfiable
        case network
        /// A hash, size or archive that is not what was promised.
        case integrity
        /// Disk, permission and other answers of the operating system.
        case system
        case lockTimeout
        case pip
        /// Ctrl-C.
        case interrupted
        /// SIGTERM.
        case terminated

        /// The process exit code of Requirements R-10.
        package var exitCode: Int32 {
            switch self {
            case .other: 1
            case .usage, .parse: 2
            case .unsatisfiable: 3
            case .network: 4
            case .integrity: 5
            case .system: 6
            case .lockTimeout: 7
            case .pip: 8
            case .interrupted: 130
            case .terminated: 143
            }
        }
    }
}
