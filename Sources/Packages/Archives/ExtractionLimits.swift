// SPDX-License-Identifier: BSD-3-Clause

/// How much an archive may ask for before it is refused; settings with defaults that no real package reaches.
package struct ExtractionLimits: Sendable {
    /// Files, directories and links.
    package var entries = 400_000
    /// Bytes of one archive, unpacked.
    package var bytes: UInt64 = 64 << 30
    /// Unpacked bytes for each packed one, once ``freeBytes`` are unpacked.
    package var ratio: UInt64 = 256
    /// Unpacked bytes for which no ratio is asked.
    package var freeBytes: UInt64 = 512 << 20
    /// Memory a zstd frame may ask for, 2ⁿ bytes.
    package var windowLog: Int32 = 27
    /// Bytes of one file of `info/` that is read into memory.
    package var informationBytes = 256 << 20
    /// Bytes of a path.
    package var pathBytes = 2048

    package init() {}
}
