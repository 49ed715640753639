// SPDX-License-Identifier: BSD-3-Clause

package import Failures
import Platform

/// What an archive holds of one path. There are no hard links: platforms refuse them, and others copy them.
package struct ArchiveEntry: Sendable, Equatable {
    /// What stands at the path.
    package enum Kind: Sendable, Equatable {
        case directory
        /// A file of `size` bytes, which follow.
        case file(size: UInt64)
        case softLink(target: String)
    }

    /// Relative, components separated by slashes, none at the end.
    package var path: String
    package var kind: Kind
    /// Permission bits.
    package var mode: UInt32
    /// Seconds since 1970.
    package var time: Int64

    package init(_ path: String, _ kind: Kind, mode: UInt32 = 0o755, time: Int64) {
        self.path = path
        self.kind = kind
        self.mode = mode
        self.time = time
    }
}

/// A container that takes one entry after the other.
package protocol ArchiveWriter: AnyObject {
    /// Begins an entry; of a file the bytes follow, exactly as many as it said.
    func begin(_ entry: ArchiveEntry) throws(Failure)
    /// Bytes of the file that was begun last.
    func write(_ bytes: UnsafeRawBufferPointer) throws(Failure)
    /// The file that was begun last has all its bytes.
    func end() throws(Failure)
    /// Writes what stands at the end of the archive.
    func finish() throws(Failure) -> Blob
}

extension ArchiveWriter {
    /// Adds a whole file.
    package func add(
        _ path: String, _ bytes: [UInt8], mode: UInt32 = 0o644, time: Int64
    ) throws(Failure) {
        try begin(ArchiveEntry(path, .file(size: UInt64(bytes.count)), mode: mode, time: time))
        try bytes.withBytes { (bytes) throws(Failure) in try write(bytes) }
        try end()
    }
}
