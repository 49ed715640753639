// SPDX-License-Identifier: BSD-3-Clause
import Glibc

/// A directory that relative paths start from; does not own its descriptor, so it is valid only while its owner lives.
package struct DirectoryReference: Sendable, Equatable {
    package let rawValue: Int32

    package init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// The process's current directory.
    package static let currentDirectory = DirectoryReference(rawValue: AT_FDCWD)
}
