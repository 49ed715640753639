// SPDX-License-Identifier: BSD-3-Clause

/// One header of a tar with what extended headers before it said.
struct TarEntry {
    enum Kind { case file, directory, symbolicLink, hardLink }

    var kind = Kind.file
    /// As written, without NUL.
    var name: [UInt8] = []
    /// The target of a link, as written.
    var target: [UInt8] = []
    var size: UInt64 = 0
    /// All twelve mode bits.
    var mode: UInt32 = 0
    /// Seconds since 1970.
    var modified: Int64 = 0
}
