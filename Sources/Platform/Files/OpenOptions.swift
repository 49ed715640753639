// SPDX-License-Identifier: BSD-3-Clause
import Glibc

/// How a file is opened.
package struct OpenOptions: OptionSet, Sendable {
    package let rawValue: Int32

    package init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    package static let readOnly = OpenOptions(rawValue: O_RDONLY)
    package static let writeOnly = OpenOptions(rawValue: O_WRONLY)
    package static let readWrite = OpenOptions(rawValue: O_RDWR)
    package static let create = OpenOptions(rawValue: O_CREAT)
    package static let exclusive = OpenOptions(rawValue: O_EXCL)
    package static let truncate = OpenOptions(rawValue: O_TRUNC)
    package static let append = OpenOptions(rawValue: O_APPEND)
    package static let noFollow = OpenOptions(rawValue: O_NOFOLLOW)
    package static let directory = OpenOptions(rawValue: O_DIRECTORY)
    /// Only a place for relative paths; not readable.
    package static let pathOnly = OpenOptions(rawValue: Int32(bitPattern: 0o10_000_000))
    package static let nonBlocking = OpenOptions(rawValue: O_NONBLOCK)
    /// A terminal that is opened does not become the process's own.
    package static let noTerminal = OpenOptions(rawValue: O_NOCTTY)

    /// A new file for writing that neither follows a link nor opens what exists.
    package static let newFile: OpenOptions = [.writeOnly, .create, .exclusive, .noFollow]
}
