// SPDX-License-Identifier: BSD-3-Clause
package import Failures

/// Where extracted files land: a directory, an archive, a container layer. Extraction does not know which.
///
/// Paths are NUL-terminated, relative and judged; a directory is made before what is in it; links come last, after the
/// archive was verified. Used by one thread at a time.
package protocol ExtractionSink: AnyObject {
    func makeDirectory(_ path: UnsafePointer<CChar>) throws(Failure)
    /// Begins a file whose bytes come by ``write(_:)`` and end with ``endFile()``; `modified` in seconds since 1970.
    func beginFile(
        _ path: UnsafePointer<CChar>, mode: UInt32, modified: Int64, size: UInt64
    ) throws(Failure)
    func write(_ bytes: UnsafeRawBufferPointer) throws(Failure)
    func endFile() throws(Failure)
    /// Gives the file at `existing` a second name.
    func makeHardLink(_ path: UnsafePointer<CChar>, to existing: UnsafePointer<CChar>) throws(Failure)
    func makeSymbolicLink(_ path: UnsafePointer<CChar>, target: UnsafePointer<CChar>) throws(Failure)
    /// Calls `body` with the bytes of a file that was written, in order, in pieces of any size.
    func readBack(
        _ path: UnsafePointer<CChar>, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure)
}
